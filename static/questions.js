/** One button opens the questions; their code is loaded only then. Incidents and reminders are always announced. */

import { make, setText } from "./dom.js";
import { showProblem } from "./problems.js";
import { count } from "./words.js";

export class Questions {
  #button = document.getElementById("questions-open");
  #section = document.getElementById("questions");
  #pill = document.getElementById("watch-pill");
  #pillWords = document.getElementById("watch-words");
  #told = document.getElementById("told");
  #spoken = document.getElementById("told-spoken");
  /** @type {import("./uses.js").Panels | null} */
  #panels = null;
  #state = null;
  #incidents = new Set();
  #breaks = 0;

  /** @param {import("./settings.js").Settings} settings where the open panels are remembered */
  constructor(settings) {
    this.settings = settings;
    this.#button.addEventListener("click", () => this.toggle());
    if (settings.get("questions") && !document.body.hasAttribute("data-looks-only")) this.toggle();
  }

  /** Show the questions, or put them away with all their panels. */
  async toggle() {
    const open = this.#section.hidden;
    this.#section.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (!open) {
      this.#panels?.closeAll();
      return;
    }
    try {
      const { Panels } = await import("./uses.js");
      this.#panels ??= new Panels(this.#section, this.settings, (words) => this.tell(words));
      await this.#panels.open();
      this.#panels.show(this.#state);
    } catch (error) {
      this.#section.hidden = true;
      this.#button.setAttribute("aria-expanded", "false");
      showProblem(`The questions could not be loaded. ${error.message}`);
    }
  }

  /** @param {object | null} state an answer of /api/state, or null while there is none */
  show(state) {
    this.#state = state;
    this.#showWatch(state?.watch ?? null);
    this.#showReminder(state?.reminder ?? null);
    if (!this.#section.hidden) this.#panels?.show(state);
  }

  /** A message that must be both seen and heard; it stays until it is dismissed. */
  tell(words) {
    const line = make("p", "", words);
    const close = make("button", "button quiet", "Dismiss");
    close.type = "button";
    const notice = make("div", "notice told");
    close.addEventListener("click", () => notice.remove());
    notice.append(line, close);
    this.#told.replaceChildren(notice);
    // A screen reader does not repeat words that have not changed.
    this.#spoken.textContent = words === this.#spoken.textContent ? `${words}\u00a0` : words;
  }

  /** @param {{minutes: number, told: number} | null} reminder */
  #showReminder(reminder) {
    if (reminder && reminder.told > this.#breaks) {
      this.tell(`Your face has looked tense for ${count(reminder.minutes, "minute")}. Time for a break?`);
    }
    this.#breaks = reminder?.told ?? 0;
  }

  /** @param {{rules: number, incidents: string[]} | null} watch */
  #showWatch(watch) {
    const now = new Set(watch?.incidents ?? []);
    for (const rule of now) if (!this.#incidents.has(rule)) this.tell(`${rule}: an incident has begun.`);
    for (const rule of this.#incidents) if (!now.has(rule)) this.tell(`${rule}: the incident is over.`);
    this.#incidents = now;
    this.#pill.hidden = watch === null;
    this.#pill.dataset.tone = now.size ? "bad" : "good";
    setText(this.#pillWords, now.size ? [...now].join(", ") : `Watching: ${count(watch?.rules ?? 0, "rule")}`);
  }
}
