/** Many people in one line: how many show what, in words and as a divided bar. */

import { make, setText } from "./dom.js";
import { UNSURE, colourOf } from "./emotions.js";

/** @param {object[]} faces @returns {[string, number][]} names and how many show each, most first, "unsure" last */
export function tally(faces) {
  const counts = new Map();
  for (const { emotion } of faces) counts.set(emotion, (counts.get(emotion) ?? 0) + 1);
  return [...counts].sort(([one, many], [other, more]) => (one === UNSURE) - (other === UNSURE) || more - many);
}

/** @param {object[]} faces @returns {string} "11 happy, 1 neutral" */
export function tallyWords(faces) {
  return tally(faces).map(([name, count]) => `${count} ${name}`).join(", ");
}

export class Crowd {
  #panel = document.getElementById("crowd");
  #words = document.getElementById("crowd-words");
  #bar = document.getElementById("crowd-bar");
  /** @type {Map<string, HTMLElement>} */
  #parts = new Map();

  /** @param {object[]} faces @param {boolean} many whether there are enough of them for a summary to help */
  show(faces, many) {
    this.#panel.hidden = !many;
    if (!many) return;
    setText(this.#words, tallyWords(faces));
    const counts = new Map(tally(faces));
    for (const [name, part] of this.#parts) part.hidden = !counts.has(name);
    for (const [name, count] of counts) {
      const part = this.#part(name);
      part.style.setProperty("--count", String(count));
      part.style.setProperty("--emotion", colourOf(name));
    }
  }

  #part(name) {
    const known = this.#parts.get(name);
    if (known) return known;
    const part = make("span", "part");
    part.dataset.emotion = name;
    this.#parts.set(name, part);
    this.#bar.append(part);
    return part;
  }
}
