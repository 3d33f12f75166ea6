/** Audience: how amused and how moved a group looks, second by second, never about one person. */

import { element, foldedTable, percent, sureness, svg } from "./charts.js";
import { clock, setText } from "./dom.js";
import { askNow } from "./uses_api.js";
import { field, group } from "./uses_parts.js";
import { count } from "./words.js";

const HIGH = 40;
const USUAL_MINIMUM = 5;

export class Panel {
  everySeconds = 2;
  #lead = element("p", { class: "use-lead", role: "status" });
  #minimum = element("input", { type: "number", min: "2", max: "100", value: String(USUAL_MINIMUM) });
  #scores = element("dl", { class: "scores" });
  #curve = group("minutes");
  #peaks = element("ul", { class: "day-notes" });
  #shown = "";

  /** @param {HTMLElement} holder @param {{again: () => void}} page */
  constructor(holder, { again }) {
    this.#minimum.addEventListener("change", again);
    const smallest = group("use-fields", field("Smallest group", this.#minimum, "faces"));
    holder.append(this.#lead, smallest, this.#scores, this.#curve, this.#peaks);
  }

  async refresh(state) {
    const answer = await askNow("audience", state.recording !== null, { minimum: this.#minimum.value });
    setText(this.#lead, leadOf(answer, state.faces.length));
    this.#scores.replaceChildren(...scoresOf(answer));
    this.#showCurve(answer);
    this.#peaks.replaceChildren(...peaksOf(answer));
  }

  #showCurve({ enough, curve, step_seconds: step }) {
    const told = JSON.stringify([enough, curve]);
    if (told === this.#shown) return;
    this.#shown = told;
    const open = this.#curve.querySelector("details")?.open ?? false;
    const end = curve.length ? curve.at(-1).seconds + step : 0;
    const rows = curve.map((one) => [ago(end - one.seconds), percent(one.amusement), percent(one.intensity)]);
    const table = foldedTable("Second by second", ["When", "Amusement", "Intensity"], rows);
    table.open = open;
    this.#curve.replaceChildren(...(enough ? [chartOf(curve), key(), table] : []));
  }
}

function leadOf({ enough, minimum, faces, answered_seconds: answered }, now) {
  if (!enough) return `${now} of ${count(minimum, "face")}: too few to say anything.`;
  return `${faces.toFixed(1)} faces on average, over ${clock(answered)} with enough faces.`;
}

function scoresOf({ amusement, intensity, valence }) {
  if (!amusement) return [];
  const pair = (name, words) => group("", element("dt", {}, name), element("dd", {}, words));
  const numbers = [valence.value, valence.low, valence.high].map((value) => value.toFixed(2).replace("-", "\u2212"));
  return [
    pair("Amusement", sureness(amusement.value, amusement.low, amusement.high)),
    pair("Intensity", sureness(intensity.value, intensity.low, intensity.high)),
    pair("Valence", `${numbers[0]} (${numbers[1]} to ${numbers[2]})`),
  ];
}

function peaksOf({ peaks, curve, step_seconds: step }) {
  const end = curve.length ? curve.at(-1).seconds + step : 0;
  return peaks.slice(-5).reverse().map(({ measure, seconds, value }) => {
    return element("li", {}, `Peak of ${measure}: ${percent(value)}, ${ago(end - seconds)}`);
  });
}

function ago(seconds) {
  return `${clock(Math.max(0, seconds))} ago`;
}

/** Two lines with gaps where there were too few faces; they differ by more than their colour. */
function chartOf(curve) {
  const chart = svg("svg", { class: "minute-bars audience", viewBox: `0 0 ${curve.length} ${HIGH}`, role: "img" });
  chart.setAttribute("preserveAspectRatio", "none");
  chart.setAttribute("aria-label", "Amusement and intensity over time; the table has the numbers");
  for (const measure of ["amusement", "intensity"]) {
    for (const points of piecesOf(curve, measure)) {
      chart.append(svg("polyline", { class: `line-${measure}`, points: points.join(" ") }));
    }
  }
  return chart;
}

function piecesOf(curve, measure) {
  const pieces = [];
  let piece = [];
  curve.forEach(({ [measure]: value }, place) => {
    if (value === null) piece = [];
    else {
      if (!piece.length) pieces.push(piece);
      piece.push(`${place},${(HIGH * (1 - value)).toFixed(2)}`, `${place + 1},${(HIGH * (1 - value)).toFixed(2)}`);
    }
  });
  return pieces;
}

function key() {
  const lines = ["amusement", "intensity"].map((name) => {
    const line = svg("line", { class: `line-${name}`, x2: 34, y1: 5, y2: 5 });
    return element("li", {}, svg("svg", { viewBox: "0 0 34 10", "aria-hidden": "true" }, line), name);
  });
  return element("ul", { class: "line-key" }, ...lines);
}
