/** The page's requests to the server; every failure arrives as an ApiError with a message for people. */

const PATIENCE_MS = 5000;

export class ApiError extends Error {
  /**
   * @param {string} message for people to read
   * @param {number} status the HTTP status, or 0 if no answer came at all
   * @param {number} retryAfterSeconds what the server asked for, or 0
   */
  constructor(message, status = 0, retryAfterSeconds = 0) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The live session that every request is about: the id of a browser's camera, or empty for the machine's own. */
let source = "";

/** @param {string} id of a browser's camera; empty for the machine's own */
export function lookAt(id) {
  source = id;
}

/** @param {string} path @returns {string} the same path, for the live session being watched */
export function about(path) {
  return source ? `${path}${path.includes("?") ? "&" : "?"}source=${encodeURIComponent(source)}` : path;
}

/** @returns {Promise<object>} the state of the live session: GET /api/state */
export async function readState() {
  return (await ask(about("/api/state"))).json();
}

/** @returns {Promise<object[]>} what is recorded now, without waking a camera: GET /api/recordings */
export async function readRecordings() {
  return (await (await ask("/api/recordings")).json()).recordings;
}

/**
 * @param {boolean} probe whether to open each camera number briefly if the system cannot list them
 * @returns {Promise<object>} cameras, detectors, emotions: GET /api/sources
 */
export async function readSources(probe = false) {
  return (await ask(probe ? "/api/sources?probe=1" : "/api/sources", { patience: 20000 })).json();
}

/** @param {object} order e.g. {action: "start", source: "0"} */
export async function commandCamera(order) {
  const answer = await ask(about("/api/camera"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
    // Opening a network camera may take longer than any other answer.
    patience: 20000,
  });
  return answer.json();
}

/**
 * @param {{paused?: boolean, loop?: boolean, position?: number, step?: number}} order for the video that is playing
 * @returns {Promise<object>} the state after it
 */
export async function orderPlayback(order) {
  return post(about("/api/playback"), order);
}

/** @param {boolean} boxes whether they are drawn in @returns {Promise<Blob>} the newest picture: GET /snapshot.jpg */
export async function takeSnapshot(boxes = true) {
  return (await ask(about(boxes ? "/snapshot.jpg" : "/snapshot.jpg?boxes=0"))).blob();
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{picture: Blob, faces: string | null}>} the newest picture, without boxes, and its faces as JSON
 */
export async function takePlainSnapshot(signal) {
  const answer = await ask(about("/snapshot.jpg?boxes=0"), { signal });
  return { picture: await answer.blob(), faces: answer.headers.get("X-Faces") };
}

/** @param {AbortSignal} signal ends it @returns {Promise<Response>} the live stream, its parts not yet read */
export async function openStream(signal) {
  return ask(about("/video_feed?faces=1"), { signal, endless: true });
}

/**
 * @param {string} name of this device's camera or screen
 * @param {boolean} screen
 * @returns {Promise<string>} the id of its live session
 */
export async function openBrowser(name, screen) {
  const answer = await ask("/api/browser", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, screen }),
  });
  return (await answer.json()).id;
}

/** @param {string} id @returns {Promise<string>} a source that others may watch but not control */
export async function shareBrowser(id) {
  return (await (await ask(`/api/browser/${id}/share`, { method: "POST" })).json()).source;
}

/** @param {string} id whose link stops working at once */
export async function stopSharingBrowser(id) {
  await ask(`/api/browser/${id}/share`, { method: "DELETE" });
}

/** @param {string} id @param {Blob} picture a JPEG @returns {Promise<{width: number, height: number, faces: object[]}>} */
export async function sendFrame(id, picture) {
  return (await ask(`/api/browser/${id}/frame`, { method: "POST", body: picture })).json();
}

/** Works while the page closes, too. @param {string} id */
export function closeBrowser(id) {
  // Nobody waits for the answer; without this request the server ends the session by itself.
  fetch(`/api/browser/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** @param {{name: string, participant: string, me: boolean}} wish @returns {Promise<object>} the new session */
export async function startSession(wish) {
  return post(about("/api/sessions"), wish);
}

/** @returns {Promise<object>} the session that was recorded */
export async function stopSession() {
  return post(about("/api/sessions/current/stop"), {});
}

/** @param {{label: string, at: string}} marker @returns {Promise<{id: string, label: string, start: number}>} */
export async function addMarker(marker) {
  return post(about("/api/sessions/current/markers"), marker);
}

/** @param {string} use @returns {Promise<object>} its answer for what has been recorded so far */
export async function readUse(use) {
  return (await ask(about(`/api/sessions/current/uses/${use}`))).json();
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** Sends a request and returns its answer; throws unless it succeeded. */
export async function ask(path, { patience = PATIENCE_MS, signal, endless = false, ...options } = {}) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException("", "TimeoutError")), patience);
  let answer;
  try {
    answer = await fetch(path, {
      cache: "no-store",
      credentials: "same-origin",
      ...options,
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    });
    // A stream only has to begin in time.
    if (endless) clearTimeout(timer);
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError(late ? "The server took too long to answer." : "The server does not answer.");
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  return new ApiError(await wordsOf(answer), answer.status, retryAfter);
}

/** Errors arrive as {"error": {"message"}}; for anything else, such as a proxy's page, only the status is told. */
async function wordsOf(answer) {
  const fallback = `The server refused the request (status ${answer.status}).`;
  try {
    const body = await answer.json();
    const words = body?.error?.message ?? body?.error ?? body?.message;
    return typeof words === "string" && words ? words : fallback;
  } catch {
    return fallback;
  }
}
