/** The list of uses, and a panel for each one that is open, made from the use's own description. */

import { ApiError } from "./api.js";
import { element } from "./charts.js";
import { setText } from "./dom.js";
import { listUses } from "./uses_api.js";

/** What a panel shows between its title and its limits. Each module exports a class Panel. */
const BODIES = {
  activity: () => import("./uses_activity.js"),
  audience: () => import("./uses_audience.js"),
  crowd: () => import("./uses_crowd.js"),
  tension: () => import("./uses_tension.js"),
  mood: () => import("./uses_mood.js"),
  assistant: () => import("./uses_assistant.js"),
};

export class Panels {
  /** @type {Map<string, Shell>} by the name of the use, in the order of the server's list */
  #shells = new Map();
  #list = element("ul", { class: "question-list" });
  #open = element("div", { class: "open-uses" });

  /**
   * @param {HTMLElement} section that holds everything
   * @param {import("./settings.js").Settings} settings
   * @param {(words: string) => void} shows a message that must be both seen and heard
   */
  constructor(section, settings, tell) {
    Object.assign(this, { settings, tell });
    const head = element("div", { class: "people-head" }, element("h2", { id: "questions-title" }, "Questions"));
    section.append(head, this.#list, this.#open);
  }

  /** Load the list of uses, if that was not done yet, and open the panels that were open last time. */
  async open() {
    if (!this.#shells.size) {
      for (const use of await listUses()) if (BODIES[use.name]) this.#add(use);
    }
    const remembered = this.settings.get("questions").split(",");
    await Promise.all(remembered.map((name) => this.#shells.get(name)?.open()));
  }

  closeAll() {
    for (const shell of this.#shells.values()) shell.close();
    this.#remember();
  }

  /** @param {object | null} state of the live session; null while the server does not answer */
  show(state) {
    for (const shell of this.#shells.values()) shell.show(state);
  }

  #add(use) {
    const shell = new Shell(use, this.tell, () => this.#remember());
    this.#shells.set(use.name, shell);
    this.#list.append(element("li", {}, shell.button));
    this.#open.append(shell.element);
  }

  #remember() {
    const open = [...this.#shells].filter(([, shell]) => !shell.element.hidden).map(([name]) => name);
    this.settings.set("questions", open.join(","));
  }
}

/** One use: its button in the list, and its panel. */
class Shell {
  #body = null;
  #asking = false;
  #askedAt = -Infinity;

  /** @param {import("./uses_api.js").Use} use @param {(words: string) => void} tell @param {() => void} onChanged */
  constructor(use, tell, onChanged) {
    Object.assign(this, { use, tell, onChanged });
    const id = `use-${use.name}`;
    const question = element("span", { class: "question-words" }, use.question);
    const attributes = { type: "button", class: "question", "aria-expanded": "false", "aria-controls": id };
    this.button = element("button", attributes, element("strong", {}, use.title), question);
    this.button.addEventListener("click", () => (this.element.hidden ? this.open() : this.close()));
    this.holder = element("div", { class: "use-body" });
    this.problem = element("p", { class: "use-problem", role: "status", hidden: "" });
    const attributesOfPanel = { class: "use-panel", id, "aria-labelledby": `${id}-title`, hidden: "" };
    this.element = element("section", attributesOfPanel, this.#head(id), this.holder, this.problem, howOf(use));
  }

  async open() {
    this.element.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.onChanged();
    if (this.#body) return;
    const { Panel } = await BODIES[this.use.name]();
    const again = () => {
      this.#askedAt = -Infinity;
    };
    this.#body = new Panel(this.holder, { use: this.use, tell: this.tell, again });
  }

  close() {
    this.element.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.onChanged();
  }

  /** Ask again when it is time; never twice at once. */
  async show(state) {
    if (this.element.hidden || !this.#body || !state || this.#asking) return;
    if (performance.now() - this.#askedAt < 1000 * this.#body.everySeconds) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    let words = "";
    try {
      await this.#body.refresh(state);
    } catch (error) {
      // An error in the page must not look like an answer of the server.
      if (!(error instanceof ApiError)) throw error;
      words = error.message;
    } finally {
      this.#asking = false;
    }
    setText(this.problem, words);
    this.problem.hidden = words === "";
  }

  #head(id) {
    const close = element("button", { type: "button", class: "button quiet" }, "Close");
    close.setAttribute("aria-label", `Close ${this.use.title}`);
    close.addEventListener("click", () => {
      this.close();
      this.button.focus();
    });
    return element("div", { class: "people-head" }, element("h2", { id: `${id}-title` }, this.use.title), close);
  }
}

/** How it is computed and what it cannot tell, from the class of the use. */
function howOf(use) {
  const limits = element("ul", {}, ...use.limits.map((limit) => element("li", {}, limit)));
  return element(
    "details",
    { class: "use-how" },
    element("summary", {}, "How it is computed, and what it cannot tell"),
    element("p", {}, element("strong", {}, "Formula: "), use.formula, "."),
    limits,
    element("p", {}, element("strong", {}, "For example: "), use.example),
  );
}
