/** A strip of time in the colours of the emotions: one person's last seconds, newest at the right. */

import { UNSURE, colourOf } from "./emotions.js";

const QUIETER = 0.35;

/** Drawn on a canvas, because it changes four times a second and has many pieces. */
export class Strip {
  /** @param {string} className @param {number} seconds how far back it reaches */
  constructor(className, seconds) {
    this.seconds = seconds;
    this.element = document.createElement("canvas");
    this.element.className = className;
    this.element.setAttribute("aria-hidden", "true");
    this.brush = this.element.getContext("2d");
  }

  /** @param {import("./history.js").Piece[]} pieces @param {number} now on the clock of the pieces */
  show(pieces, now) {
    const density = window.devicePixelRatio || 1;
    const width = Math.round(this.element.clientWidth * density);
    const height = Math.round(this.element.clientHeight * density);
    if (!width || !height) return;
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    this.brush.clearRect(0, 0, width, height);
    const grey = getComputedStyle(this.element).color;
    for (const { emotion, start, end } of pieces) {
      const left = Math.max(0, width * (1 - (now - start) / this.seconds));
      const right = width * (1 - (now - end) / this.seconds);
      if (right <= 0) continue;
      this.brush.globalAlpha = emotion === UNSURE ? QUIETER : 1;
      this.brush.fillStyle = emotion === UNSURE ? grey : colourOf(emotion) || grey;
      // unsure is a thin line, so that it differs by more than its colour
      const thin = emotion === UNSURE ? height / 3 : 0;
      this.brush.fillRect(left, thin, Math.max(density, right - left), height - 2 * thin);
    }
  }
}
