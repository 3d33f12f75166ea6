/** A gentle suggestion to take a break; off until it is switched on. */

import { element } from "./charts.js";
import { readReminder, setReminder } from "./uses_api.js";
import { checkbox, field, group, trying } from "./uses_parts.js";

const USUAL_LIMIT = 40;
const USUAL_MINUTES = 20;

export class Reminder {
  #on = checkbox("Suggest a break");
  #above = number(100, USUAL_LIMIT);
  #minutes = number(600, USUAL_MINUTES);
  #line = element("p", { class: "help", role: "status" });
  #known = false;

  constructor() {
    const over = field("over", this.#minutes, "minutes");
    const fields = group("use-fields", field("at a mean tension of", this.#above, "of 100"), over);
    this.element = group("reminder", this.#on.label, fields, this.#line);
    for (const input of [this.#on.box, this.#above, this.#minutes]) {
      input.addEventListener("change", () => this.#save());
    }
  }

  /** Load the setting once. */
  async refresh() {
    if (this.#known) return;
    const { above, minutes } = await readReminder();
    this.#known = true;
    this.#on.box.checked = above !== null;
    this.#above.value = String(above ?? USUAL_LIMIT);
    this.#minutes.value = String(minutes);
  }

  async #save() {
    const above = this.#on.box.checked ? Number(this.#above.value) : null;
    await trying(this.#line, async () => {
      await setReminder({ above, minutes: Number(this.#minutes.value) });
      return above === null ? "" : "It stays on until the program ends or somebody switches it off.";
    });
  }
}

function number(most, value) {
  return element("input", { type: "number", min: "1", max: String(most), value: String(value), required: "" });
}
