/** One person's card: a picture of the face, the name of the expression, seven bars, and the last half minute. */

import { make, setText } from "./dom.js";
import { UNSURE, colourOf, percent } from "./emotions.js";
import { Strip } from "./strip.js";

const STRIP_SECONDS = 30;
const THUMB_PIXELS = 112;
const THUMB_MARGIN = 0.18;

const QUALITY = {
  small: "The face is small in the picture.",
  dark: "The face is poorly lit.",
  blurred: "The face is blurred.",
  turned: "The head is tilted or turned far to one side.",
};

export class Card {
  /** @param {object} face of the person whose card this is */
  constructor(face) {
    const title = `person-${face.person}`;
    this.person = face.person;
    this.emotion = make("span", "emotion");
    this.confidence = make("span", "confidence");
    this.hint = make("p", "hint");
    this.bars = make("div", "bars");
    this.bars.setAttribute("role", "group");
    this.bars.setAttribute("aria-label", `Probabilities of person ${face.person}`);
    /** @type {Map<string, Bar>} */
    this.rows = new Map();
    for (const name of Object.keys(face.scores)) {
      const bar = new Bar(name);
      this.rows.set(name, bar);
      this.bars.append(bar.element);
    }
    this.strip = new Strip("strip", STRIP_SECONDS);
    this.element = make("li", "face");
    this.element.dataset.person = String(face.person);
    this.element.setAttribute("aria-labelledby", title);
    this.element.append(this.#head(title), this.hint, this.bars, this.strip.element);
  }

  #head(title) {
    this.thumb = /** @type {HTMLCanvasElement} */ (make("canvas", "thumb"));
    this.thumb.width = this.thumb.height = THUMB_PIXELS;
    this.thumb.setAttribute("aria-hidden", "true");
    const heading = make("h3");
    heading.id = title;
    heading.append(this.emotion, " ", make("span", "person", `Person ${this.person}`));
    const head = make("div", "face-head");
    head.append(this.thumb, heading, this.confidence);
    return head;
  }

  /** @param {object} face `shown` until the next call */
  show(face) {
    this.shown = face;
    const strongest = face.emotion === UNSURE ? strongestOf(face.scores) : face.emotion;
    this.element.dataset.emotion = face.emotion;
    this.element.style.setProperty("--emotion", colourOf(face.emotion));
    setText(this.emotion, face.emotion);
    setText(this.confidence, percent(face.confidence));
    this.confidence.hidden = face.emotion === UNSURE;
    const hint = hintFor(face, strongest);
    setText(this.hint, hint);
    this.hint.hidden = hint === "";
    for (const [name, bar] of this.rows) bar.show(face.scores[name] ?? 0, name === strongest);
  }

  /**
   * @param {CanvasImageSource} picture of the same instant as the face
   * @param {{scale?: number, mirror?: boolean}} view as of Faces.showThumbs()
   */
  showThumb(picture, face, { scale = 1, mirror = false }) {
    const [x, y, width, height] = face.box.map((pixels) => pixels * scale);
    const margin = THUMB_MARGIN * width;
    const brush = this.thumb.getContext("2d");
    brush.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? THUMB_PIXELS : 0, 0);
    brush.drawImage(
      picture, x - margin, y - margin, width + 2 * margin, height + 2 * margin, 0, 0, THUMB_PIXELS, THUMB_PIXELS,
    );
  }
}

class Bar {
  #score = -1;

  constructor(name) {
    this.name = make("span", "name", name);
    this.value = make("span", "value");
    this.fill = make("span", "fill");
    this.track = make("span", "track");
    this.track.append(this.fill);
    this.track.setAttribute("role", "meter");
    this.track.setAttribute("aria-label", name);
    this.track.setAttribute("aria-valuemin", "0");
    this.track.setAttribute("aria-valuemax", "100");
    // A screen reader already has both from the meter.
    this.name.setAttribute("aria-hidden", "true");
    this.value.setAttribute("aria-hidden", "true");
    this.element = make("div", "bar");
    this.element.dataset.name = name;
    this.element.style.setProperty("--emotion", colourOf(name));
    this.element.append(this.name, this.track, this.value);
  }

  show(score, strongest) {
    this.element.toggleAttribute("data-strongest", strongest);
    if (score === this.#score) return;
    this.#score = score;
    this.fill.style.setProperty("--score", score.toFixed(4));
    const words = percent(score);
    if (this.value.textContent === words) return;
    this.value.textContent = words;
    this.track.setAttribute("aria-valuenow", String(Math.round(score * 100)));
    this.track.setAttribute("aria-valuetext", words);
  }
}

function hintFor(face, strongest) {
  const words = [];
  if (face.emotion === UNSURE) {
    words.push(`Not sure enough to say; the closest is ${strongest} with ${percent(face.scores[strongest] ?? 0)}.`);
  }
  if (QUALITY[face.quality]) words.push(QUALITY[face.quality]);
  return words.join(" ");
}

function strongestOf(scores) {
  return Object.keys(scores).reduce((best, name) => (scores[name] > scores[best] ? name : best));
}
