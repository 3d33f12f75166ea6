/** The recording so far: the answer of the use "activity", asked for every few seconds. */

import { readUse } from "./api.js";
import { make, setText } from "./dom.js";
import { UNSURE, colourOf, percent } from "./emotions.js";

const AGAIN_MS = 5000;
const LEAST_SHARE = 0.005;

export class UsePanel {
  #panel = document.getElementById("use");
  #headline = document.getElementById("use-headline");
  #table = document.getElementById("use-shares");
  #askedAt = -Infinity;
  #asking = false;

  /** @param {boolean} recording whether there is something to ask about */
  async show(recording) {
    this.#panel.hidden = !recording;
    if (!recording || this.#asking || performance.now() - this.#askedAt < AGAIN_MS) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    try {
      this.#tell(await readUse("activity"));
    } catch (error) {
      setText(this.#headline, error.message);
    }
    this.#asking = false;
  }

  #tell({ whole }) {
    setText(this.#headline, headline(whole));
    const rows = whole.shares.filter(({ share }) => share >= LEAST_SHARE)
      .sort((one, other) => other.share - one.share);
    this.#table.replaceChildren(...rows.map(rowOf));
  }
}

/** @returns {string} what was shown most and how sure that is */
export function headline({ seen_seconds: seen, predominant }) {
  if (!seen) return "Nobody has been seen yet.";
  if (predominant.emotion === UNSURE) return "Unclear so far.";
  return predominant.sure ? `Mostly ${predominant.emotion}.` : `Mostly ${predominant.emotion} so far; too little to be sure.`;
}

/** @returns {string} "33\u201348%": where the share that people would name most likely lies; "" if unknown */
function range({ low, high }) {
  return low === null ? "" : `${Math.round(low * 100)}\u2013${percent(high)}`;
}

/** @returns {HTMLElement} a line of the table: name, bar, share and interval */
export function rowOf(entry) {
  const row = make("tr");
  const name = make("th", "", entry.label);
  name.scope = "row";
  const bar = make("td", "share-bar");
  const fill = make("span", "share-fill");
  fill.style.setProperty("--score", String(entry.share));
  fill.style.setProperty("--emotion", colourOf(entry.label));
  bar.append(fill);
  row.append(name, bar, make("td", "", percent(entry.share)), make("td", "range", range(entry)));
  return row;
}
