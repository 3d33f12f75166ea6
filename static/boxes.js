/** A box and a label at every face, drawn on a canvas over the picture at the screen's resolution. */

import { UNSURE, colourOf, percent } from "./emotions.js";
import { placeLabels } from "./labels.js";

const CORNER_SHARE = 0.16;
const SHOWN_ANGLE_DEGREES = 4;
const LINE = 2.5;
const DARK = "#121418";
const LIGHT = "#ffffff";
/** Reading a computed style forces the browser to compute the page's styles, so it is not done for every picture. */
const LETTERS_MS = 1000;

export class Boxes {
  #canvas;
  #brush;
  #faces = [];
  #picture = { width: 0, height: 0, mirror: false };
  #room = { width: 0, height: 0, density: 1 };
  #highlighted = null;
  #visible = true;
  #letters = { size: 14, family: "sans-serif", at: -Infinity };
  #labelled = [];

  /**
   * @param {HTMLCanvasElement} canvas as large as the area in which the picture is shown with object-fit: contain
   * @param {{onPoint?: (person: number | null) => void}} handlers the pointer moved onto a face, or off it (null)
   */
  constructor(canvas, { onPoint } = {}) {
    this.#canvas = canvas;
    this.#brush = canvas.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(canvas);
    if (!onPoint) return;
    canvas.parentElement.addEventListener("pointermove", (event) => onPoint(this.#at(event)));
    canvas.parentElement.addEventListener("pointerleave", () => onPoint(null));
  }

  /** @returns {{person: number, text: string, x: number, y: number, width: number, height: number}[]} as last drawn */
  get labels() {
    return this.#labelled;
  }

  /**
   * @param {object[]} faces of one picture, as /api/state has them
   * @param {{width: number, height: number, mirror?: boolean}} picture its size in the boxes' pixels, and whether it is
   *   shown as a mirror would while its boxes are not
   */
  show(faces, { width, height, mirror = false }) {
    this.#faces = faces;
    this.#picture = { width, height, mirror };
    this.#draw();
  }

  /** @param {number | null} person whose box is highlighted, or null */
  highlight(person) {
    if (person === this.#highlighted) return;
    this.#highlighted = person;
    this.#draw();
  }

  /** @param {boolean} visible whether boxes and labels are drawn at all */
  setVisible(visible) {
    this.#visible = visible;
    this.#draw();
  }

  #fit() {
    const density = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#room = { width, height, density };
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    this.#draw();
  }

  #draw() {
    const { width, height, density } = this.#room;
    this.#brush.setTransform(density, 0, 0, density, 0, 0);
    this.#brush.clearRect(0, 0, width, height);
    this.#labelled = [];
    if (!this.#visible || !this.#faces.length || !width) return;
    const placed = this.#placed();
    for (const { face, at } of placed) this.#outline(face, at);
    this.#label(placed);
  }

  /** Every face with its rectangle on the canvas, smallest first so that large ones lie on top. */
  #placed() {
    const { scale, left, top } = this.#scale();
    return this.#faces.map((face) => {
      const [x, y, width, height] = face.box;
      const start = this.#picture.mirror ? this.#picture.width - x - width : x;
      return {
        face,
        at: { x: left + start * scale, y: top + y * scale, width: width * scale, height: height * scale },
      };
    }).sort((one, other) => one.at.width - other.at.width);
  }

  /** The picture is as large as fits, and in the middle: object-fit: contain. */
  #scale() {
    const { width, height } = this.#picture;
    const scale = Math.min(this.#room.width / width, this.#room.height / height);
    return { scale, left: (this.#room.width - width * scale) / 2, top: (this.#room.height - height * scale) / 2 };
  }

  #outline({ person, emotion, angle }, at) {
    const brush = this.#brush;
    const strong = person === this.#highlighted;
    const turned = Math.abs(angle) >= SHOWN_ANGLE_DEGREES ? (this.#picture.mirror ? -angle : angle) : 0;
    brush.save();
    brush.globalAlpha = this.#highlighted === null || strong ? 1 : 0.55;
    brush.translate(at.x + at.width / 2, at.y + at.height / 2);
    brush.rotate(turned * Math.PI / 180);
    brush.beginPath();
    brush.roundRect(-at.width / 2, -at.height / 2, at.width, at.height, CORNER_SHARE * Math.min(at.width, at.height));
    if (emotion === UNSURE) brush.setLineDash([9, 7]);
    // A dark edge under the colour, so that it stands out from light walls too.
    this.#stroke("rgb(12 14 18 / 70%)", LINE + (strong ? 4.5 : 2));
    this.#stroke(colourOf(emotion) || LIGHT, LINE + (strong ? 1.5 : 0));
    brush.restore();
  }

  #stroke(colour, width) {
    this.#brush.strokeStyle = colour;
    this.#brush.lineWidth = width;
    this.#brush.stroke();
  }

  #label(placed) {
    const letters = this.#lettersNow();
    const labels = [...placed].reverse().sort((one, other) => this.#first(other.face) - this.#first(one.face))
      .map(({ face, at }) => this.#measured(face, upright(at, face.angle), letters));
    const places = placeLabels(labels, this.#room);
    labels.forEach((label, number) => {
      if (places[number]) this.#plate(label, places[number], letters);
    });
  }

  #first({ person }) {
    return Number(person === this.#highlighted);
  }

  /** The page's own font and text size, so that people who set larger text get larger labels. */
  #lettersNow() {
    const at = performance.now();
    if (at - this.#letters.at < LETTERS_MS) return this.#letters;
    const size = 0.875 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.#letters = { size, family: getComputedStyle(document.body).fontFamily, at };
    return this.#letters;
  }

  #measured(face, at, letters) {
    const words = [String(face.person), face.emotion];
    if (face.emotion !== UNSURE) words.push(percent(face.confidence)); // else "30 per cent unsure"
    const { size } = letters;
    const parts = words.map((text, place) => {
      this.#brush.font = fontOf(place, letters);
      return { text, width: this.#brush.measureText(text).width };
    });
    const width = parts.reduce((sum, part) => sum + part.width, 0) + size * (0.5 * parts.length + 0.5);
    return { face: at, seen: face, parts, width, height: size * 1.7 };
  }

  #plate({ seen, parts, width, height }, { x, y }, letters) {
    const brush = this.#brush;
    const { size } = letters;
    const colour = colourOf(seen.emotion) || DARK;
    brush.fillStyle = colour;
    brush.beginPath();
    brush.roundRect(x, y, width, height, height * 0.32);
    brush.fill();
    brush.textBaseline = "middle";
    brush.fillStyle = inkOn(colour);
    let left = x + size * 0.5;
    parts.forEach((part, place) => {
      brush.font = fontOf(place, letters);
      brush.fillText(part.text, left, y + height / 2 + size * 0.06);
      left += part.width + size * 0.5;
    });
    this.#labelled.push({ person: seen.person, text: parts.map((part) => part.text).join(" "), x, y, width, height });
  }

  #at(event) {
    const frame = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const hit = this.#placed().reverse().find(({ at }) => (
      x >= at.x && x <= at.x + at.width && y >= at.y && y <= at.y + at.height
    ));
    return hit ? hit.face.person : null;
  }
}

/** The upright rectangle around a turned one. */
function upright(at, angle) {
  if (Math.abs(angle) < SHOWN_ANGLE_DEGREES) return at;
  const turn = Math.abs(angle) * Math.PI / 180;
  const height = at.width * Math.abs(Math.sin(turn)) + at.height * Math.abs(Math.cos(turn));
  return { ...at, y: at.y + (at.height - height) / 2, height };
}

/** Number, name and share; the name is the boldest. */
function fontOf(place, { size, family }) {
  return `${[400, 600, 500][place]} ${place === 0 ? size * 0.82 : size}px ${family}`;
}

/** @param {string} colour "#rrggbb" @returns {string} dark or light, whichever reads better on it (WCAG 2) */
export function inkOn(colour) {
  const lightness = luminance(colour);
  return 1.05 / (lightness + 0.05) > (lightness + 0.05) / (luminance(DARK) + 0.05) ? LIGHT : DARK;
}

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const share = parseInt(colour.slice(place, place + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
