/** A strip of time in the colours of the emotions: one person's last seconds, newest at the right. */

import { UNSURE, colourOf } from "./emotions.js";

const QUIETER = 0.35;
const SCHEMES = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("(forced-colors: active)")];

/**
 * Drawn on a canvas, because it changes four times a second and has many pieces. Its size and its grey are read when
 * they change: asking for them at every drawing would make the browser compute the layout each time.
 */
export class Strip {
  /** @type {import("./history.js").Piece[]} */
  #pieces = [];
  #now = 0;
  #density = 1;

  /** @param {string} className @param {number} seconds how far back it reaches */
  constructor(className, seconds) {
    this.seconds = seconds;
    this.element = document.createElement("canvas");
    this.element.className = className;
    this.element.width = this.element.height = 0;
    this.element.setAttribute("aria-hidden", "true");
    this.brush = this.element.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** @param {import("./history.js").Piece[]} pieces @param {number} now on the clock of the pieces */
  show(pieces, now) {
    this.#pieces = pieces;
    this.#now = now;
    if (this.element.width && this.element.height) this.#draw();
  }

  #fit() {
    this.#density = window.devicePixelRatio || 1;
    this.element.width = Math.round(this.element.clientWidth * this.#density);
    this.element.height = Math.round(this.element.clientHeight * this.#density);
    this.show(this.#pieces, this.#now);
  }

  #draw() {
    const { width, height } = this.element;
    const grey = greyOf(this.element);
    this.brush.clearRect(0, 0, width, height);
    for (const { emotion, start, end } of this.#pieces) {
      const left = Math.max(0, width * (1 - (this.#now - start) / this.seconds));
      const right = width * (1 - (this.#now - end) / this.seconds);
      if (right <= 0) continue;
      this.brush.globalAlpha = emotion === UNSURE ? QUIETER : 1;
      this.brush.fillStyle = emotion === UNSURE ? grey : colourOf(emotion) || grey;
      // unsure is a thin line, so that more than its colour is different
      const thin = emotion === UNSURE ? height / 3 : 0;
      this.brush.fillRect(left, thin, Math.max(this.#density, right - left), height - 2 * thin);
    }
  }
}

/** The grey of all strips, for each colour scheme. @type {Map<string, string>} */
const greys = new Map();

function greyOf(element) {
  const scheme = SCHEMES.map(({ matches }) => matches).join();
  if (!greys.has(scheme)) greys.set(scheme, getComputedStyle(element).color);
  return greys.get(scheme);
}
