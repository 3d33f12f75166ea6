/** Small charts in SVG: strips of expressions over time, curves, and shares with how sure they are.
 *
 * Colour is never used alone: every expression has its own pattern and its name in or beside it, and the caller puts
 * a table beside each chart.
 */

import { clock } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** The marks that tell the expressions apart without colour: [size, path, stroke, stroke width] on the plain colour. */
const PATTERNS = {
  angry: [8, "M-2 2l4-4M0 8l8-8M6 10l4-4", "#0006", 2],
  disgust: [8, "M-2 6l4 4M0 0l8 8M6-2l4 4", "#0006", 2],
  fear: [8, "M0 0l8 8M8 0L0 8", "#0005", 1.3],
  happy: [8, "", "none", 0],
  neutral: [8, "M3 4h2", "#fffc", 2],
  sad: [6, "M0 3h6", "#fff7", 1.3],
  surprise: [9, "M3 4.5h3M4.5 3v3", "#0008", 2],
  unsure: [6, "M3 0v6", "#0003", 1],
};

/** @param {string} name @param {Record<string, string|number>} attributes @param {(Node|string)[]} children */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Put the patterns into the page, once. @param {{name: string, colour: string}[]} emotions as /api/sources has them */
export function definePatterns(emotions) {
  const patterns = emotions.map(({ name, colour }) => {
    const [size, path, stroke, width] = PATTERNS[name];
    return svg(
      "pattern",
      { id: `p-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: size, height: size, fill: colour }),
      svg("path", { d: path, stroke, "stroke-width": width, fill: "none" }),
    );
  });
  const holder = svg("svg", { width: 0, height: 0, class: "patterns", "aria-hidden": "true" }, svg("defs", {}, ...patterns));
  document.body.prepend(holder);
}

/** @param {number|null} share @returns {string} "41%", "under 1%", "–" */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share > 0 && share < 0.005) return "under 1%";
  if (share >= 0.995 && share < 1) return "over 99%";
  return `${Math.round(share * 100)}%`;
}

const STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

/** The times at which an axis has words. @returns {number[]} */
export function ticks(start, end, most = 7) {
  const step = STEPS.find((one) => (end - start) / one <= most) ?? STEPS.at(-1);
  const found = [];
  for (let at = Math.ceil(start / step - 1e-6) * step; at <= end + 1e-6; at += step) found.push(at);
  return found;
}

/** The part of the time that is shown: all charts of a page move together. */
export class View extends EventTarget {
  /** @param {number} start @param {number} end seconds of the whole */
  constructor(start, end) {
    super();
    this.whole = { start, end };
    this.start = start;
    this.end = end;
    this.at = null;
  }

  /** Show a part, or everything if the part is too short to mean anything. */
  zoom(start, end) {
    const { whole } = this;
    const least = Math.min(2, whole.end - whole.start);
    [this.start, this.end] = end - start >= least ? [Math.max(whole.start, start), Math.min(whole.end, end)] : [whole.start, whole.end];
    this.dispatchEvent(new Event("zoom"));
  }

  get zoomed() {
    return this.start > this.whole.start || this.end < this.whole.end;
  }

  /** The time at which the line stands. @param {number|null} at */
  point(at) {
    this.at = at === null ? null : Math.max(this.start, Math.min(this.end, at));
    this.dispatchEvent(new Event("point"));
  }

  /** @returns {number} 0..100, outside that range where the part shown does not contain it */
  place(at) {
    return this.end > this.start ? (100 * (at - this.start)) / (this.end - this.start) : 0;
  }
}

/** A strip of expressions over time. Redraws itself when the view moves. */
export class Strip {
  /**
   * @param {HTMLElement} holder
   * @param {View} view
   * @param {{label: string, start: number, end: number}[]} spans by time, never overlapping
   * @param {string} title what it is, for those who cannot see it
   */
  constructor(holder, view, spans, title) {
    this.view = view;
    this.spans = spans;
    this.chart = svg("svg", { class: "strip", role: "img", "aria-label": `${title}; the table has the same` });
    holder.append(this.chart);
    follow(this.chart, view);
    view.addEventListener("zoom", () => this.draw());
    this.draw();
  }

  draw() {
    const { view } = this;
    const pieces = [];
    for (const { label, start, end } of this.spans) {
      if (end <= view.start || start >= view.end) continue;
      const x = Math.max(0, view.place(start));
      const width = Math.min(100, view.place(end)) - x;
      const title = svg("title", {}, `${label}, ${clock(start)} to ${clock(end)}`);
      pieces.push(svg("rect", { x: `${x}%`, width: `${width}%`, height: "100%", fill: `url(#p-${label})` }, title));
      if (width >= 9) pieces.push(svg("text", { x: `${x}%`, dx: 7, y: "50%", class: `in-${label}` }, label));
    }
    this.chart.replaceChildren(...pieces);
  }

  /** @returns {string|null} the expression shown at that time */
  labelAt(at) {
    return this.spans.find(({ start, end }) => at >= start && at < end)?.label ?? null;
  }
}

/** Curves from 0 to 1 over time, with gaps where a value is null. */
export class Curves {
  /**
   * @param {HTMLElement} holder
   * @param {View} view
   * @param {{name: string, points: {seconds: number, value: number|null}[]}[]} lines
   * @param {number} step seconds between two points
   * @param {string} title
   */
  constructor(holder, view, lines, step, title) {
    Object.assign(this, { view, lines, step });
    const scale = element("div", { class: "scale", "aria-hidden": "true" });
    scale.append(...["100%", "50%", "0%"].map((words) => element("span", {}, words)));
    this.chart = svg("svg", {
      class: "curves",
      viewBox: "0 0 100 100",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `${title}; the table has the numbers`,
    });
    const plot = element("div", { class: "plot" });
    plot.append(this.chart, scale);
    holder.append(plot);
    follow(this.chart, view);
    view.addEventListener("zoom", () => this.draw());
    this.draw();
  }

  draw() {
    const grid = svg("path", { class: "grid", d: "M0 25H100M0 50H100M0 75H100" });
    this.chart.replaceChildren(grid, ...this.lines.flatMap((line) => this.#pieces(line)));
  }

  #pieces({ name, points }) {
    const { view, step } = this;
    const pieces = [];
    let piece = [];
    for (const { seconds, value } of points) {
      if (seconds + step < view.start || seconds > view.end) continue;
      if (value === null) {
        if (piece.length) pieces.push(piece);
        piece = [];
        continue;
      }
      const y = (100 - 100 * value).toFixed(1);
      piece.push(`${view.place(seconds).toFixed(2)},${y}`, `${view.place(seconds + step).toFixed(2)},${y}`);
    }
    if (piece.length) pieces.push(piece);
    return pieces.map((one) => svg("polyline", { class: `line-${name}`, points: one.join(" ") }));
  }
}

/** The time axis below a chart. */
export class Axis {
  constructor(holder, view) {
    this.view = view;
    this.chart = svg("svg", { class: "axis", "aria-hidden": "true" });
    holder.append(this.chart);
    view.addEventListener("zoom", () => this.draw());
    this.draw();
  }

  draw() {
    const { view } = this;
    const short = view.end - view.start < 20;
    const words = ticks(view.start, view.end).map((at) => {
      const x = view.place(at);
      const anchor = x < 4 ? "start" : x > 96 ? "end" : "middle";
      return svg("text", { x: `${x}%`, y: 14, "text-anchor": anchor }, clock(at, short));
    });
    this.chart.replaceChildren(...words);
  }
}

/** Move the line with the pointer, and zoom into what is dragged over. */
function follow(chart, view) {
  let from = null;
  const timeOf = (event) => {
    const box = chart.getBoundingClientRect();
    const along = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    return view.start + along * (view.end - view.start);
  };
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = timeOf(event);
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => view.point(timeOf(event)));
  chart.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const to = timeOf(event);
    const width = Math.abs(to - from);
    if (width > (view.end - view.start) / 50) view.zoom(Math.min(from, to), Math.max(from, to));
    else view.point(to);
    from = null;
  });
  chart.addEventListener("pointercancel", () => (from = null));
  chart.addEventListener("dblclick", () => view.zoom(view.whole.start, view.whole.end));
}

/**
 * Shares as bars, each with its interval as a whisker and in words.
 * @param {HTMLElement} holder
 * @param {{label: string, share: number, low: number|null, high: number|null}[]} shares
 */
export function drawShares(holder, shares) {
  const list = element("ul", { class: "shares" });
  for (const { label, share, low, high } of shares) {
    if (!share && !high) continue;
    const bar = svg("svg", { class: "share-bar", "aria-hidden": "true" });
    bar.append(svg("rect", { width: `${100 * share}%`, height: "100%", fill: `url(#p-${label})` }));
    if (low !== null) for (const name of ["halo", "whisker"]) bar.append(...whiskerLines(name, 100 * low, 100 * high));
    const item = element("li");
    item.append(element("span", { class: "name" }, label), bar, element("span", { class: "value" }, sureness(share, low, high)));
    list.append(item);
  }
  holder.replaceChildren(list);
}

/** An interval as a line with two ends; a broad pale line beneath makes it visible on every colour. */
function whiskerLines(name, low, high) {
  const line = (x1, x2, y1, y2) => svg("line", { x1: `${x1}%`, x2: `${x2}%`, y1: `${y1}%`, y2: `${y2}%`, class: name });
  return [line(low, high, 50, 50), line(low, low, 22, 78), line(high, high, 22, 78)];
}

/** @returns {string} "41% (33–48)" */
export function sureness(share, low, high) {
  if (low === null || low === undefined) return percent(share);
  return `${percent(share)} (${Math.round(low * 100)}–${Math.round(high * 100)})`;
}

/** @param {string} name @param {Record<string, string>} attributes @param {(Node|string)[]} children */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * The table with a chart's numbers, folded away.
 * @param {string} title @param {string[]} head @param {(string|number)[][]} rows
 */
export function foldedTable(title, head, rows) {
  const table = element("table");
  const cells = (kind, row) => element("tr", {}, ...row.map((cell) => element(kind, {}, String(cell))));
  table.append(element("thead", {}, cells("th", head)), element("tbody", {}, ...rows.map((row) => cells("td", row))));
  const scroll = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table);
  return element("details", { class: "fold" }, element("summary", {}, `${title}: the table`), scroll);
}
