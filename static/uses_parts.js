/** Small parts shared by the panels of several uses. */

import { ApiError } from "./api.js";
import { element } from "./charts.js";
import { setText } from "./dom.js";

/** @param {string} words @param {() => void} pressed @param {string} [more] further classes */
export function button(words, pressed, more = "quiet") {
  const made = element("button", { type: "button", class: `button ${more}` }, words);
  made.addEventListener("click", pressed);
  return made;
}

/** @param {string} words of the label @param {Record<string, string>} attributes of the input */
export function checkbox(words, attributes = {}) {
  const box = element("input", { type: "checkbox", ...attributes });
  return { box, label: element("label", { class: "check" }, box, words) };
}

/** @param {string} className @param {(string | Node)[]} children */
export function group(className, ...children) {
  return element("div", { class: className }, ...children);
}

/** A labelled field. @param {string} words @param {HTMLElement} input @param {string} [unit] shown after it */
export function field(words, input, unit = "") {
  const behind = unit ? [element("span", { class: "unit" }, unit)] : [];
  const both = element("span", { class: "with-unit" }, input, ...behind);
  return element("label", { class: "use-field" }, element("span", {}, words), both);
}

/** A table with a caption for screen readers. @param {string} caption @param {string[]} head */
export function table(caption, head) {
  const body = element("tbody");
  const columns = element("tr", {}, ...head.map((words) => element("th", { scope: "col" }, words)));
  const words = element("caption", { class: "unseen" }, caption);
  const made = element("table", {}, words, element("thead", {}, columns), body);
  const frame = { class: "use-scroll", tabindex: "0", role: "region", "aria-label": caption };
  return { body, element: element("div", frame, made) };
}

/** @param {(string | Node)[]} cells @returns {HTMLElement} */
export function row(cells) {
  return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
}

/** Do what may be refused, and report in `line`: the words that `work` returns, or why it failed. */
export async function trying(line, work) {
  try {
    const words = await work();
    setText(line, typeof words === "string" ? words : "");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    setText(line, error.message);
  }
}

/** Keeps one part for each item, by its id, so that the focus stays where it is. */
export class Kept {
  #parts = new Map();

  /**
   * @param {HTMLElement} holder
   * @param {(item: object) => {element: HTMLElement, show: (item: object) => void}} make
   */
  constructor(holder, make) {
    this.holder = holder;
    this.make = make;
  }

  /** @param {{id: string}[]} items in order */
  show(items) {
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, part] of this.#parts) {
      if (ids.has(id)) continue;
      part.element.remove();
      this.#parts.delete(id);
    }
    for (const item of items) {
      if (!this.#parts.has(item.id)) {
        const part = this.make(item);
        this.#parts.set(item.id, part);
        this.holder.append(part.element);
      }
      this.#parts.get(item.id).show(item);
    }
  }
}
