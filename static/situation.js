/** What is going on, in words: one entry per situation that the page can be in, and no access to the page itself. */

/**
 * @typedef {"starting"|"live"|"demo"|"reconnecting"|"stopped"|"failed"|"gone"|"refused"|"ended"|"full"} Name
 * @typedef {object} Situation
 * @property {Name} name
 * @property {string} pill the words of the small status at the top
 * @property {"good"|"wait"|"bad"|"idle"} tone
 * @property {string} title of what covers the picture
 * @property {string} text below the title
 * @property {string} icon a symbol of templates/icons.svg
 * @property {"none"|"over"|"instead"} veil whether words cover the last picture or replace it
 * @property {string[]} actions "start", "retry", "demo", "choose", "look": what can be done now
 */

const SITUATIONS = {
  starting: {
    pill: "Starting", tone: "wait", icon: "wait", veil: "over", actions: [],
    title: "Starting", text: "Opening the source. The first picture comes in a moment.",
  },
  live: { pill: "Live", tone: "good", icon: "camera", veil: "none", actions: [], title: "Live", text: "" },
  demo: { pill: "Demo clip", tone: "good", icon: "film", veil: "none", actions: [], title: "Demo clip", text: "" },
  reconnecting: {
    pill: "Camera lost", tone: "wait", icon: "wait", veil: "over", actions: ["choose"],
    title: "Camera lost, trying again", text: "The pictures stopped coming. They will continue here by themselves.",
  },
  stopped: {
    pill: "Stopped", tone: "idle", icon: "camera-off", veil: "instead", actions: ["start"],
    title: "Stopped", text: "Nothing is playing.",
  },
  failed: {
    pill: "No picture", tone: "bad", icon: "camera-off", veil: "instead", actions: ["retry", "demo", "choose"],
    title: "No picture from this source", text: "The source did not open.",
  },
  gone: {
    pill: "No answer", tone: "bad", icon: "link-off", veil: "instead", actions: ["look"],
    title: "The server does not answer",
    text: "The program may have ended, or the connection is broken. Trying again every few seconds.",
  },
  refused: {
    pill: "Not allowed", tone: "bad", icon: "link-off", veil: "instead", actions: ["look"],
    title: "The server does not let this page in", text: "",
  },
  ended: {
    pill: "Ended", tone: "idle", icon: "link-off", veil: "instead", actions: [],
    title: "No longer shared",
    text: "The camera was stopped or is no longer shared. Ask for a new link.",
  },
  full: {
    pill: "Full", tone: "wait", icon: "people", veil: "instead", actions: ["look"],
    title: "No more viewers fit", text: "",
  },
};

const KINDS = {
  camera: { pill: "Camera", icon: "camera", released: "The camera is released. Other programs can use it." },
  network: { pill: "Network camera", icon: "camera", released: "The network camera is no longer in use." },
  video: { pill: "Video", icon: "film", released: "The video is not playing." },
  picture: { pill: "Picture", icon: "film", released: "The picture is no longer shown." },
  demo: { pill: "Demo clip", icon: "film", released: "The demo clip is not playing." },
  other: { pill: "Live", icon: "camera", released: "Nothing is playing." },
};

/** @param {object} state an answer of /api/state @returns {Situation} */
export function situationOf(state) {
  const { status, message } = state.source;
  const known = SITUATIONS[status] ? status : "failed";
  const kind = KINDS[kindOf(state.source)];
  if (known === "stopped") return withText(known, message || kind.released);
  const situation = withText(known, message);
  if (known !== "live") return situation;
  return { ...situation, pill: kind.pill, icon: kind.icon, title: kind.icon === "film" ? kind.pill : situation.title };
}

/** What kind of source it was: a stopped one has no kind any more, but its value tells. */
function kindOf({ kind, value }) {
  if (KINDS[kind]) return kind;
  const text = String(value ?? "");
  if (text === "demo") return "demo";
  if (text === "" || /^\d+$/.test(text) || text.startsWith("browser")) return "camera";
  return text.includes("://") ? "network" : "other";
}

/** @param {import("./api.js").ApiError} error of a request for the state @returns {Situation} */
export function situationWithout(error) {
  if (error.status === 404) return withText("ended", "");
  if (error.status === 0 || error.status >= 500) return withText("gone", "");
  return withText("refused", error.message);
}

/** @param {import("./api.js").ApiError} error of a request for the picture @returns {Situation} */
export function situationFull(error) {
  return withText("full", `${error.message} Trying again by itself; faces and figures continue.`);
}

function withText(name, text) {
  const entry = SITUATIONS[name];
  return { name, ...entry, text: text || entry.text, message: text || "" };
}
