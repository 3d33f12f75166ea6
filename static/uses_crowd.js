/** Crowd watch: the rules and their state, the incidents, and who else is told. */

import { about } from "./api.js";
import { element, percent } from "./charts.js";
import { clock, setText } from "./dom.js";
import { changeRule, deleteRule, dryRun, listIncidents, listRules, testRule } from "./uses_api.js";
import { Kept, button, checkbox, group, row, table, trying } from "./uses_parts.js";
import { RuleForm } from "./uses_rule_form.js";
import { Webhooks } from "./uses_webhooks.js";
import { count } from "./words.js";

const MOST_INCIDENTS = 20;

const TEACH =
  "A rule says which expression, in how much of the group and for how long. While one is " +
  "switched on, the camera of the computer that runs this program is analysed even when nobody has this page open.";

export class Panel {
  everySeconds = 1;
  #lead = element("p", { class: "use-lead", role: "status" });
  #teach = element("p", { class: "help", hidden: "" }, TEACH);
  #rules = element("ul", { class: "rules" });
  #incidents = table("Incidents", ["Rule", "Began", "Lasted", "Highest", "Ended"]);
  #kept;
  #form;
  #webhooks = new Webhooks();
  #newest = "";

  /** @param {HTMLElement} holder @param {{again: () => void}} page */
  constructor(holder, { again }) {
    this.#form = new RuleForm(again);
    const rowOf = (kept) => new RuleRow(kept, { again, onChange: () => this.#form.open(kept.id) });
    this.#kept = new Kept(this.#rules, rowOf);
    const address = { href: "/api/rules.toml", download: "rules.toml" };
    const file = element("a", address, "Save the rules as a file for --rules");
    const tools = group("use-tools", button("Add a rule", () => this.#form.open()), file);
    const told = element("h3", {}, "Incidents");
    holder.append(this.#lead, this.#teach, this.#rules, tools, this.#form.element);
    holder.append(told, this.#incidents.element, this.#webhooks.element);
  }

  async refresh(state) {
    const { rules, problem } = await listRules();
    const incidents = await listIncidents(MOST_INCIDENTS);
    setText(this.#lead, problem || leadOf(rules, about("") !== "" || state.source.status === "stopped"));
    this.#teach.hidden = rules.length > 0;
    this.#form.know(rules);
    this.#kept.show(rules);
    this.#tell(incidents, new Map(rules.map(({ rule }) => [rule.name, rule.measure])));
    await this.#webhooks.refresh();
  }

  /** Only changes are drawn, so that reading the table is not disturbed. */
  #tell(incidents, measures) {
    const newest = JSON.stringify(incidents);
    if (newest === this.#newest) return;
    this.#newest = newest;
    const rows = incidents.map((one) => row(incidentWords(one, measures.get(one.rule))));
    const nothing = element("tr", {}, element("td", { colspan: "5" }, "No incidents yet."));
    this.#incidents.body.replaceChildren(...(rows.length ? rows : [nothing]));
  }
}

function leadOf(rules, elsewhere) {
  const on = rules.filter(({ enabled }) => enabled);
  if (!rules.length) return "Nothing is watched for yet.";
  if (!on.length) return "No rule is switched on: nothing is watched for.";
  if (elsewhere && on.every(({ state }) => state === null)) {
    return "The machine\u2019s own camera is off, so nothing is seen.";
  }
  const met = on.filter(({ state }) => state === "incident");
  if (met.length) return `${met.map(({ rule }) => rule.name).join(", ")}: now.`;
  return `${count(on.length, "rule")} watched for, no incident now.`;
}

/** @returns {string[]} rule, when it began, how long it lasted, the highest value and how it ended */
function incidentWords({ rule, started_at: start, ended_at: end, details }, measure) {
  const lasted = end === null ? "" : clock((new Date(end) - new Date(start)) / 1000);
  const began = new Date(start).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return [rule, began, lasted, valueWords(details.peak, measure), details.outcome ?? "goes on"];
}

function valueWords(value, measure) {
  if (value === null || value === undefined) return "";
  return measure === "count" ? count(Math.round(value * 10) / 10, "face") : percent(value);
}

/** @param {import("./uses_api.js").KeptRule} kept @returns {[string, string]} its state in words, and their tone */
export function stateOf({ enabled, state, faces, lasted, rule }) {
  if (!enabled) return ["off", "idle"];
  switch (state) {
    case "watching": return ["quiet", "good"];
    case "rising": return [`building up for ${lasted} s`, "wait"];
    case "incident": return [`incident for ${lasted} s`, "bad"];
    case "too few faces": return [`${Math.round(faces)} of ${count(rule.faces, "face")}: too few`, "idle"];
    case null: return ["no picture yet", "idle"];
    default: return [state, "idle"];
  }
}

/** One rule: its state, and what can be done with it. */
class RuleRow {
  #name = element("h3");
  #pill = element("p", { class: "pill" });
  #words = element("span");
  #sentence = element("p", { class: "help" });
  #fill = element("span", { class: "level-fill" });
  #mark = element("span", { class: "level-mark" });
  #level = element("div", { class: "level", "aria-hidden": "true" }, this.#fill, this.#mark);
  #watch = checkbox("Watch");
  #line = element("p", { class: "help", role: "status" });
  #outcome = element("ul", { class: "dry-runs" });

  constructor({ id }, { again, onChange }) {
    this.id = id;
    this.again = again;
    this.#pill.append(element("span", { class: "dot", "aria-hidden": "true" }), this.#words);
    this.#watch.box.addEventListener("change", () => {
      this.#try(() => changeRule(id, { enabled: this.#watch.box.checked }));
    });
    this.buttons = [
      button("Try on past sessions", () => this.#try(() => this.#dryRun())),
      button("Send a test", () => this.#try(() => this.#test())),
      button("Change", onChange),
      button("Delete", () => this.#try(() => deleteRule(id))),
    ];
    const head = group("rule-head", this.#name, this.#pill);
    const tools = group("use-tools", this.#watch.label, ...this.buttons);
    const parts = [head, this.#sentence, this.#level, tools, this.#line, this.#outcome];
    this.element = element("li", { class: "rule" }, ...parts);
  }

  show(kept) {
    const { rule, value } = kept;
    const [words, tone] = stateOf(kept);
    setText(this.#name, rule.name);
    setText(this.#sentence, `${kept.words}.`);
    setText(this.#words, words);
    this.#pill.dataset.tone = tone;
    if (document.activeElement !== this.#watch.box) this.#watch.box.checked = kept.enabled;
    this.#watch.box.setAttribute("aria-label", `Watch for ${rule.name}`);
    for (const one of this.buttons) one.setAttribute("aria-label", `${one.textContent}: ${rule.name}`);
    const whole = rule.measure === "count" ? 2 * rule.at_least : 1;
    this.#level.hidden = !kept.enabled;
    this.#fill.style.setProperty("--level", String(Math.min(1, (value ?? 0) / whole)));
    this.#mark.style.setProperty("--level", String(rule.at_least / whole));
  }

  async #try(work) {
    await trying(this.#line, work);
    this.again();
  }

  /** Whether it would have told you, and in which sessions: "would have told you 3 times". */
  async #dryRun() {
    setText(this.#line, "Looking through the newest sessions …");
    const { told, sessions } = await dryRun(this.id);
    const met = sessions.filter(({ answer }) => answer.incidents.length);
    this.#outcome.replaceChildren(...met.map(dryRunOf));
    if (!sessions.length) return "There is no saved session to try it on. Record one first.";
    const where = `in ${count(sessions.length, "session")}`;
    if (!told) return `It would not have told you anything ${where}.`;
    return `It would have told you ${count(told, "time")} ${where}:`;
  }

  async #test() {
    const { messages } = await testRule(this.id);
    return messages.length
      ? `A test is on its way to ${count(messages.length, "receiver")}; the log below says whether it arrived.`
      : "There is no webhook to send it to. Add one below.";
  }
}

function dryRunOf({ session, name, answer }) {
  const times = answer.incidents.map(({ start, end }) => `${clock(start)} to ${clock(end)}`).join(", ");
  return element("li", {}, element("a", { href: `/sessions/${session}` }, name), `: ${times}`);
}
