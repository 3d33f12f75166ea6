/** A saved session as an audience: two curves, their peaks, and nothing where there were too few faces. */

import { Axis, Curves, element, foldedTable, percent, sureness } from "./charts.js";
import { clock } from "./dom.js";
import { askUse } from "./sessions_api.js";
import { count } from "./words.js";

const MEASURES = ["amusement", "intensity"];
const MOST_ROWS = 1200;

const part = (name) => document.getElementById(name);

export class Audience {
  /**
   * @param {string} id of the session @param {import("./charts.js").View} view @param {object} answer
   * @param {(work: () => Promise<void>) => Promise<void>} trying
   */
  constructor(id, view, answer, trying) {
    this.view = view;
    const holder = part("audience-chart");
    this.curves = new Curves(holder, view, [], answer.step_seconds, "Amusement and intensity over time");
    new Axis(holder, view);
    const minimum = part("audience-minimum");
    minimum.value = String(answer.minimum);
    minimum.addEventListener("change", () =>
      trying(async () => this.draw(await askUse(id, "audience", { minimum: minimum.value }))),
    );
    part("audience-panel").hidden = false;
    this.draw(answer);
  }

  draw(answer) {
    part("audience-answer").hidden = !answer.enough;
    part("audience-lead").textContent = leadOf(answer);
    this.curves.lines = MEASURES.map((name) => ({
      name,
      points: answer.curve.map((point) => ({ seconds: point.seconds, value: point[name] })),
    }));
    this.curves.draw();
    part("peaks").replaceChildren(...answer.peaks.map((peak) => this.#peak(peak)));
    const rows = answer.curve.map((one) => [clock(one.seconds), one.faces.toFixed(1), ...MEASURES.map((name) => percent(one[name]))]);
    const table = foldedTable("Audience", ["From", "Faces", "Amusement", "Intensity"], rows.slice(0, MOST_ROWS));
    part("audience-table").replaceChildren(table);
  }

  #peak({ measure, seconds, value }) {
    const jump = element("button", { type: "button", class: "button quiet" }, `${clock(seconds)} ${measure} ${percent(value)}`);
    jump.addEventListener("click", () => this.view.point(seconds));
    return jump;
  }
}

function leadOf({ enough, minimum, faces, ...scores }) {
  if (!enough) return `There were never ${count(minimum, "face")} at a time. Nothing is said about a smaller group.`;
  const words = MEASURES.map((name) => `${name} ${sureness(scores[name].value, scores[name].low, scores[name].high)}`);
  return `With ${faces.toFixed(faces < 10 ? 1 : 0)} faces on average: ${words.join(", ")}.`;
}
