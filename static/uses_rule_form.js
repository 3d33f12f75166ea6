/** The form for adding or changing a rule of the crowd watch. */

import { element } from "./charts.js";
import { addRule, changeRule } from "./uses_api.js";
import { button, checkbox, field, group, trying } from "./uses_parts.js";

const EXPRESSIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise", "unsure"];

const MEASURES = {
  share: ["share of the faces", "%"],
  count: ["number of faces", "faces"],
  confidence: ["mean probability", "%"],
};

/** The defaults of timeline/rules.py. */
const DEFAULTS = {
  name: "", expressions: ["angry"], measure: "share", at_least: 0.3, for_seconds: 10, faces: 5, ends_below: null,
  calm_seconds: 5, cool_down_seconds: 60,
};

export class RuleForm {
  /** @type {import("./uses_api.js").KeptRule[]} */
  #known = [];
  #changed = null;
  #opener = null;
  #title = element("h3");
  #name = element("input", { type: "text", required: "", maxlength: "200", placeholder: "Anger spreads" });
  #boxes = new Map(EXPRESSIONS.map((name) => [name, checkbox(name)]));
  #measure = element("select", {}, ...Object.entries(MEASURES).map(optionOf));
  #atLeast = number(0.1, 10_000, "any");
  #unit;
  #whole = { for_seconds: number(1), faces: number(1), calm_seconds: number(1), cool_down_seconds: number(0) };
  #endsBelow = number(0.1, 10_000, "any");
  #line = element("p", { class: "use-problem", role: "alert" });

  /** @param {() => void} onSaved */
  constructor(onSaved) {
    this.onSaved = onSaved;
    const atLeast = field("At least", this.#atLeast, "%");
    const endsBelow = field("Over once below", this.#endsBelow, "%");
    this.#endsBelow.required = false;
    this.#endsBelow.placeholder = "two thirds of it";
    this.#unit = [atLeast, endsBelow].map((one) => one.querySelector(".unit"));
    this.#measure.addEventListener("change", () => this.#showUnit());
    const labels = [...this.#boxes.values()].map(({ label }) => label);
    const expressions = element("fieldset", {}, element("legend", {}, "Expressions"), ...labels);
    const seconds = (words, name) => field(words, this.#whole[name], "s");
    const smallest = field("Smallest group", this.#whole.faces, "faces");
    const what = group("use-fields", field("Name", this.#name), field("What counts", this.#measure), atLeast);
    const ending = [endsBelow, seconds("Over after", "calm_seconds"), seconds("Then silent for", "cool_down_seconds")];
    const when = group("use-fields", seconds("Told after", "for_seconds"), smallest, ...ending);
    const save = element("button", { type: "submit", class: "button primary" }, "Save the rule");
    const tools = group("use-tools", save, button("Cancel", () => this.#close()));
    this.element = element("form", { class: "rule-form", hidden: "", autocomplete: "off" });
    this.element.append(this.#title, what, expressions, when, this.#line, tools);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** @param {import("./uses_api.js").KeptRule[]} rules the current ones */
  know(rules) {
    this.#known = rules;
  }

  /** @param {string | null} id of the rule to change; null to add one */
  open(id = null) {
    const rule = this.#known.find((kept) => kept.id === id)?.rule ?? DEFAULTS;
    const scale = rule.measure === "count" ? 1 : 100;
    this.#changed = id;
    this.#opener = document.activeElement;
    this.#title.textContent = id ? `Change ${rule.name}` : "A new rule";
    this.#name.value = rule.name;
    for (const [name, { box }] of this.#boxes) box.checked = rule.expressions.includes(name);
    this.#measure.value = rule.measure;
    this.#atLeast.value = String(tidy(rule.at_least * scale));
    this.#endsBelow.value = rule.ends_below === null ? "" : String(tidy(rule.ends_below * scale));
    for (const [name, input] of Object.entries(this.#whole)) input.value = String(rule[name]);
    this.#line.textContent = "";
    this.#showUnit();
    this.element.hidden = false;
    this.#name.focus();
  }

  #close() {
    this.element.hidden = true;
    this.#opener?.focus();
  }

  #showUnit() {
    for (const one of this.#unit) one.textContent = MEASURES[this.#measure.value][1];
  }

  async #save() {
    await trying(this.#line, async () => {
      await (this.#changed ? changeRule(this.#changed, this.#values()) : addRule(this.#values()));
      this.#close();
    });
    this.onSaved();
  }

  #values() {
    const scale = this.#measure.value === "count" ? 1 : 100;
    return {
      name: this.#name.value.trim(),
      expressions: [...this.#boxes].filter(([, { box }]) => box.checked).map(([name]) => name),
      measure: this.#measure.value,
      at_least: tidy(Number(this.#atLeast.value) / scale),
      ends_below: this.#endsBelow.value === "" ? null : tidy(Number(this.#endsBelow.value) / scale),
      ...Object.fromEntries(Object.entries(this.#whole).map(([name, input]) => [name, Number(input.value)])),
    };
  }
}

function optionOf([value, [words]]) {
  return element("option", { value }, words);
}

function number(least, most = 86_400, step = "1") {
  return element("input", { type: "number", min: String(least), max: String(most), step, required: "" });
}

/** Without the rounding error of binary fractions: 0.3 * 100 is 30. */
function tidy(value) {
  return Number(value.toFixed(6));
}
