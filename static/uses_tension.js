/** Tension: the gauge with its formula filled in, its history, the user's own answers, and whether both agree. */

import { about, ask } from "./api.js";
import { element, foldedTable, svg } from "./charts.js";
import { clock, setText } from "./dom.js";
import { askNow, readSelfReports, selfReport } from "./uses_api.js";
import { button, group, trying } from "./uses_parts.js";
import { Reminder } from "./uses_reminder.js";

const RESTING_SECONDS = 15;
const AGREEMENT_MS = 60_000;
const HISTORY_MINUTES = 60;
const BARS_HIGH = 40;
const ANSWERS = ["bad", "rather bad", "so-so", "rather good", "good"];

const TOO_LITTLE = "A face was seen for too short a time in the last minute: it takes 20 seconds.";
const NOT_COMPARED = "Answers are compared with the gauge only if they are given while a session is recorded.";

export class Panel {
  everySeconds = 2;
  #lead = element("p", { class: "use-lead", role: "status" });
  #fill = element("span", { class: "gauge-fill" });
  #gauge = element("div", { class: "gauge", role: "meter", "aria-label": "Tension shown" }, this.#fill);
  #sum = element("p", { class: "use-sum" });
  #notes = element("p", { class: "help" });
  #history = group("minutes");
  #line = element("p", { class: "help", role: "status" });
  #agreement = element("p");
  #resting = button("Record my resting face", () => this.#record(), "");
  #reminder = new Reminder();
  #shown = "";
  #comparedAt = -Infinity;
  #answers = 0; // given on this page

  /** @param {HTMLElement} holder @param {{again: () => void}} page */
  constructor(holder, { again }) {
    this.again = again;
    this.#gauge.setAttribute("aria-valuemin", "0");
    this.#gauge.setAttribute("aria-valuemax", "100");
    holder.append(this.#lead, this.#gauge, this.#sum, this.#notes, group("use-tools", this.#resting), this.#history);
    holder.append(this.#question(), this.#line, this.#agreement, this.#reminder.element);
  }

  async refresh(state) {
    const tension = await askNow("tension", state.recording !== null);
    this.#showGauge(tension);
    this.#showResting(state, tension);
    this.#showHistory(tension.minutes);
    await this.#compare();
    await this.#reminder.refresh();
  }

  #showGauge({ problem, notes, resting, now }) {
    const value = now?.tension ?? null;
    setText(this.#lead, value === null ? problem ?? TOO_LITTLE : `Tension shown: ${Math.round(value)} of 100`);
    this.#gauge.hidden = value === null;
    this.#fill.style.setProperty("--level", String((value ?? 0) / 100));
    this.#gauge.setAttribute("aria-valuenow", String(Math.round(value ?? 0)));
    setText(this.#sum, value === null ? "" : sumOf(now, resting));
    setText(this.#notes, notes.join(" "));
  }

  #showResting({ resting, faces }, { problem, notes }) {
    const left = resting?.recording_seconds_left ?? null;
    this.#resting.parentElement.hidden = problem === null && !notes.length && left === null;
    this.#resting.disabled = left !== null || faces.length !== 1;
    setText(this.#resting, left === null ? "Record my resting face" : `Look calm: ${Math.ceil(left)} s left`);
    if (resting?.problem) setText(this.#line, resting.problem);
  }

  /** A bar for every minute, a gap where nobody was seen; the table has the same numbers. */
  #showHistory(minutes) {
    const last = minutes.slice(-HISTORY_MINUTES);
    const told = JSON.stringify(last);
    if (told === this.#shown) return;
    this.#shown = told;
    const open = this.#history.querySelector("details")?.open ?? false;
    const words = foldedTable("Minute by minute", ["Began at", "Tension"], last.map(wordsOf));
    words.open = open;
    const title = element("h3", {}, "Minute by minute, 0 to 100");
    this.#history.replaceChildren(...(last.length ? [title, bars(last), words] : []));
  }

  /** Over all sessions, which takes the server a moment: so once a minute and after every answer. */
  async #compare() {
    if (performance.now() - this.#comparedAt < AGREEMENT_MS) return;
    const answers = this.#answers;
    const { agreement, needed } = await readSelfReports();
    if (answers === this.#answers) this.#comparedAt = performance.now(); // otherwise a newer one came meanwhile
    setText(this.#agreement, agreementWords(agreement, needed));
  }

  /** One tap; what it means is up to the user. */
  #question() {
    const taps = ANSWERS.map((words, index) => {
      const tap = button(String(index + 1), () => this.#answer(index + 1), "");
      tap.setAttribute("aria-label", `${index + 1}, ${words}`);
      return tap;
    });
    const ends = element("p", { class: "help ends", "aria-hidden": "true" });
    ends.append(element("span", {}, ANSWERS[0]), element("span", {}, ANSWERS.at(-1)));
    const legend = element("legend", {}, "How do you feel?");
    return element("fieldset", { class: "taps" }, legend, group("tap-row", ...taps), ends);
  }

  async #answer(value) {
    await trying(this.#line, async () => {
      const { session } = await selfReport(value);
      const kept = `Your answer is kept: ${value}, ${ANSWERS[value - 1]}.`;
      return session ? kept : `${kept} ${NOT_COMPARED}`;
    });
    this.#answers += 1;
    this.#comparedAt = -Infinity;
    this.again();
  }

  async #record() {
    await trying(this.#line, async () => {
      const body = JSON.stringify({ seconds: RESTING_SECONDS });
      await ask(about("/api/resting"), { method: "POST", headers: { "Content-Type": "application/json" }, body });
    });
    this.again();
  }
}

/** The formula with this minute's numbers. */
function sumOf({ tension, rise, stillness }, resting) {
  const [high, still] = [rise, stillness].map((value) => value.toFixed(2));
  const sum = `100 \u00d7 rise ${high} \u00d7 (1 + stillness ${still}) / 2 = ${Math.round(tension)}`;
  const rest = `${Math.round(100 * resting)}%`;
  return `${sum}. Angry, disgust, fear and sad together are ${rest} at rest; rise is how far they are above that.`;
}

function wordsOf({ seconds, tension }) {
  return [clock(seconds), tension === null ? "not seen" : Math.round(tension)];
}

function bars(minutes) {
  const most = Math.max(minutes.length, 10);
  const chart = svg("svg", { class: "minute-bars", viewBox: `0 0 ${most} ${BARS_HIGH}`, preserveAspectRatio: "none" });
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `Tension in each of the last ${minutes.length} minutes; the table has the numbers`);
  minutes.forEach(({ tension }, place) => {
    if (tension === null) return;
    const height = Math.max(0.5, (BARS_HIGH * tension) / 100);
    chart.append(svg("rect", { x: place + 0.1, y: BARS_HIGH - height, width: 0.8, height }));
  });
  return chart;
}

/** @param {{pairs: number, correlation: {value: number, low: number, high: number}|null, verdict: string}} found */
function agreementWords({ pairs, correlation, verdict }, needed) {
  if (verdict === "too early") return `Does the gauge agree with you? Not enough answers yet: ${pairs} of ${needed}.`;
  const [value, low, high] = correlation ? Object.values(correlation).map((number) => number.toFixed(2)) : [];
  const numbers = correlation ? `rank correlation ${value} (${low} to ${high}), ` : "";
  const from = `${numbers}from ${pairs} answers`;
  if (verdict === "agrees") return `The gauge agrees with your answers: ${from}.`;
  return `So far the gauge does not match your answers: ${from}. Ignore it.`;
}
