/** Activity: what was shown most in the last minutes or in this recording, by everybody or by one person. */

import { element } from "./charts.js";
import { clock, setText } from "./dom.js";
import { askNow } from "./uses_api.js";
import { field, group } from "./uses_parts.js";
import { headline, rowOf } from "./use.js";

const LEAST_SHARE = 0.005;
const HEADS = ["Expression", "Chart", "Share", "Likely between"];

export class Panel {
  everySeconds = 2;
  #lead = element("p", { class: "use-lead", role: "status" });
  #person = element("select");
  #rows = element("tbody");
  #facts = element("p", { class: "use-sum" });
  #known = "";

  /** @param {HTMLElement} holder @param {{again: () => void}} page */
  constructor(holder, { again }) {
    this.#person.addEventListener("change", again);
    const words = "Time per expression, and where the share that people would name most likely lies";
    const heads = element("tr", {}, ...HEADS.map((head) => element("th", { scope: "col" }, head)));
    heads.children[1].replaceChildren(element("span", { class: "unseen" }, HEADS[1])); // plain from the headline
    const table = element("table", { class: "use-table" }, element("caption", { class: "unseen" }, words));
    table.append(element("thead", {}, heads), this.#rows);
    const frame = element("div", { class: "use-scroll", tabindex: "0", role: "region", "aria-label": words }, table);
    holder.append(this.#lead, group("use-fields", field("Whose face", this.#person)), frame, this.#facts);
    this.#offer([]);
  }

  async refresh(state) {
    this.#offer(state.faces.map(({ person }) => person));
    const person = this.#person.value;
    const recording = state.recording !== null;
    const { whole } = await askNow("activity", recording, person ? { person } : {});
    setText(this.#lead, headline(whole));
    const rows = whole.shares.filter(({ share }) => share >= LEAST_SHARE).sort((one, other) => other.share - one.share);
    this.#rows.replaceChildren(...rows.map(rowOf));
    setText(this.#facts, factsOf(whole, recording));
  }

  /** Offers everybody in the picture, and whoever is already chosen. */
  #offer(persons) {
    const chosen = this.#person.value;
    const all = [...new Set([...persons, ...(chosen ? [Number(chosen)] : [])])].sort((one, other) => one - other);
    if (JSON.stringify(all) === this.#known) return;
    this.#known = JSON.stringify(all);
    const everybody = element("option", { value: "" }, "everybody together");
    const options = all.map((person) => element("option", { value: String(person) }, `person ${person}`));
    this.#person.replaceChildren(everybody, ...options);
    this.#person.value = chosen;
  }
}

function factsOf({ seen_seconds: seen, longest, changes_per_minute: changes }, recording) {
  const where = recording ? "in this recording" : "in the last ten minutes";
  const parts = [`${clock(seen)} of faces seen ${where}`];
  if (longest) parts.push(`longest ${longest.label} for ${Math.round(longest.end - longest.start)} s`);
  if (changes !== null) parts.push(`${changes.toFixed(1)} changes a minute`);
  return `${parts.join("; ")}.`;
}
