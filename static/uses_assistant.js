/** Assistant: one's own lines, said on this page when an expression lasts; off until it is switched on. */

import { element } from "./charts.js";
import { setText } from "./dom.js";
import { UNSURE, looks } from "./emotions.js";
import { askNow } from "./uses_api.js";
import { button, checkbox, field, group } from "./uses_parts.js";
import { count } from "./words.js";

const REMEMBERED = "assistant";
const MOST_SHOWN = 5;

const CONNECT = "The same in a terminal, for you to copy and change; it needs Python and this page's events:";
const OTHERS = "Its lines are in examples/assistant.txt. Other programs can read the events at /api/events.";
const PROMISE =
  "It says your own lines while this panel is open. They are kept in this browser and go only to the computer that " +
  "runs this program.";

export class Panel {
  everySeconds = 2;
  #lead = element("p", { class: "use-lead", role: "status" });
  #now = element("ul", { class: "day-notes" });
  #on = checkbox("Speak up on this page");
  #card = element("blockquote", { class: "saying", hidden: "" });
  #quiet = element("p", { class: "help" });
  #said = element("ul", { class: "day-notes" });
  #watched = new Lasting();
  #told = null; // seconds of the newest line that was said; null: none is known yet
  #source = "";
  #fields;

  /** @param {HTMLElement} holder @param {{use: object, tell: (words: string) => void, again: () => void}} page */
  constructor(holder, { use, tell, again }) {
    this.tell = tell;
    this.#fields = new Fields(use, again);
    this.#on.box.checked = this.#fields.on;
    this.#on.box.addEventListener("change", () => {
      this.#told = null;
      this.#fields.remember({ on: this.#on.box.checked });
      again();
    });
    holder.append(this.#lead, this.#now, this.#on.label, element("p", { class: "help" }, PROMISE), this.#card);
    const past = element("h3", {}, "In the last minutes");
    holder.append(this.#fields.element, past, this.#said, this.#quiet, connection());
  }

  async refresh(state) {
    const { said, quiet } = await askNow("assistant", state.recording !== null, this.#fields.parameters);
    this.#showNow(state.faces);
    this.#showSaid(said, quiet);
    this.#speak(said, `${state.source.name} ${state.source.status} ${state.recording?.id}`);
  }

  /** What an assistant knows now: who shows what, and since when. */
  #showNow(faces) {
    const lasting = this.#watched.update(faces, performance.now() / 1000);
    const lasts = Number(this.#fields.parameters.lasts);
    const lines = lasting.map(({ person, emotion, seconds }) => {
      const shows = emotion === UNSURE ? "is unclear" : looks(emotion);
      const words = `Person ${person} ${shows}, for ${Math.floor(seconds)} s`;
      return element("li", {}, seconds < lasts ? `${words} of ${lasts} s` : words);
    });
    setText(this.#lead, lines.length ? "It now knows:" : "It now knows that nobody is in the picture.");
    this.#now.replaceChildren(...lines);
  }

  #showSaid(said, quiet) {
    const newest = said.slice(-MOST_SHOWN).reverse();
    const lines = newest.map(({ emotion, words }) => element("li", {}, element("strong", {}, `${emotion}: `), words));
    const nothing = "It would have said nothing: no expression with a line lasted long enough.";
    this.#said.replaceChildren(...(lines.length ? lines : [element("li", {}, nothing)]));
    setText(this.#quiet, quiet ? `${count(quiet, "time")} it was silent because of the quiet hours.` : "");
  }

  /** Lines from before it was switched on, or from another camera, are not said. */
  #speak(said, source) {
    const newest = said.at(-1);
    if (source !== this.#source || this.#told === null) {
      this.#source = source;
      this.#told = newest?.seconds ?? -Infinity;
      return;
    }
    if (!newest || newest.seconds < this.#told + Number(this.#fields.parameters.pause)) return;
    this.#told = newest.seconds;
    if (!this.#on.box.checked) return;
    this.#card.hidden = false;
    setText(this.#card, newest.words);
    this.tell(newest.words);
  }
}

/** How long each person in the picture has shown the same expression. Time is an argument. */
export class Lasting {
  #since = new Map();

  /** @param {{person: number, emotion: string}[]} faces @param {number} seconds any clock that only runs forward */
  update(faces, seconds) {
    const before = this.#since;
    this.#since = new Map();
    return faces.map(({ person, emotion }) => {
      const known = before.get(person);
      const since = known?.emotion === emotion ? known.since : seconds;
      this.#since.set(person, { emotion, since });
      return { person, emotion, seconds: seconds - since };
    });
  }
}

/** The lines and their times, as this browser remembers them. */
class Fields {
  #inputs;

  constructor({ parameters }, again) {
    this.defaults = Object.fromEntries(parameters.map(({ name, default: value }) => [name, value]));
    this.defaults.sayings = this.defaults.sayings.map(({ emotion, words }) => `${emotion}: ${words}`).join("\n");
    this.#inputs = {
      lasts: element("input", { type: "number", min: "1", max: "3600" }),
      pause: element("input", { type: "number", min: "0", max: "86400" }),
      quiet: element("input", { type: "text", placeholder: "22:00-08:00" }),
      sayings: element("textarea", { rows: "8", maxlength: "4000", spellcheck: "true" }),
    };
    const { lasts, pause, quiet, sayings } = this.#inputs;
    const times = group("use-fields", field("After", lasts, "s"), field("At most every", pause, "s"));
    times.append(field("Quiet hours", quiet));
    const reset = button("Back to the lines it came with", () => {
      this.#fill(this.defaults);
      this.remember();
      again();
    });
    const lines = field("Lines, each with its expression", sayings);
    this.element = element("details", { class: "use-more" }, element("summary", {}, "What it says, and when"));
    this.element.append(times, lines, group("use-tools", reset));
    this.#fill({ ...this.defaults, ...recall() });
    for (const input of Object.values(this.#inputs)) {
      input.addEventListener("change", () => {
        this.remember();
        again();
      });
    }
  }

  get on() {
    return recall().on === true;
  }

  /** @returns {Record<string, string>} as the use takes them */
  get parameters() {
    return Object.fromEntries(Object.entries(this.#inputs).map(([name, input]) => [name, input.value]));
  }

  remember(more = {}) {
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify({ on: this.on, ...this.parameters, ...more }));
    } catch {
      // A browser may forbid storage: then the defaults are back next time.
    }
  }

  #fill(values) {
    for (const [name, input] of Object.entries(this.#inputs)) input.value = String(values[name]);
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
  } catch {
    return {};
  }
}

function connection() {
  const command = element("code", {}, `python examples/assistant.py ${location.origin}`);
  const made = element("details", { class: "use-more" }, element("summary", {}, "Connect an assistant of your own"));
  made.append(element("p", {}, CONNECT), element("p", {}, command));
  made.append(element("p", {}, OTHERS));
  return made;
}
