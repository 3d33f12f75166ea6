/** Below the picture: everybody's last two minutes, each as a strip of colours with a few words beside it. */

import { make, setText } from "./dom.js";
import { percent } from "./emotions.js";
import { Strip } from "./strip.js";

const SECONDS = 120;
const MOST_ROWS = 6;

export class Strips {
  #panel = document.getElementById("strips");
  #list = document.getElementById("strips-list");
  #more = document.getElementById("strips-more");
  /** @type {Map<number, {element: HTMLElement, strip: Strip, words: HTMLElement}>} */
  #rows = new Map();

  /**
   * @param {import("./history.js").History} history @param {number} now on its clock
   * @param {object[]} faces that are in the picture: they come first
   */
  show(history, now, faces) {
    const present = new Set(faces.map(({ person }) => person));
    const known = [...history.persons].sort((one, other) => present.has(other) - present.has(one) || one - other);
    const shown = known.slice(0, MOST_ROWS).sort((one, other) => one - other);
    for (const [person, row] of this.#rows) {
      if (shown.includes(person)) continue;
      row.element.remove();
      this.#rows.delete(person);
    }
    shown.forEach((person, place) => {
      const row = this.#row(person, place);
      row.strip.show(history.of(person), now);
      setText(row.words, mostly(history.of(person)));
    });
    setText(this.#more, known.length > shown.length ? `and ${known.length - shown.length} more` : "");
    this.#panel.hidden = shown.length === 0;
  }

  #row(person, place) {
    const known = this.#rows.get(person);
    if (known) return known;
    const element = make("li", "strip-row");
    const strip = new Strip("strip", SECONDS);
    const words = make("span", "strip-words");
    element.append(make("span", "strip-name", `Person ${person}`), strip.element, words);
    this.#list.insertBefore(element, this.#list.children[place] ?? null);
    const row = { element, strip, words };
    this.#rows.set(person, row);
    return row;
  }
}

/** @param {import("./history.js").Piece[]} pieces @returns {string} "mostly happy, 63%" of the time that was seen, or "happy throughout" */
export function mostly(pieces) {
  const seconds = new Map();
  let whole = 0;
  for (const { emotion, start, end } of pieces) {
    seconds.set(emotion, (seconds.get(emotion) ?? 0) + end - start);
    whole += end - start;
  }
  if (whole < 2) return "";
  const [emotion, most] = [...seconds].sort(([, one], [, other]) => other - one)[0];
  if (seconds.size === 1) return `${emotion} throughout`;
  return `mostly ${emotion}, ${percent(most / whole)}`;
}
