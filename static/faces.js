/** One card per face: number, emotion, confidence and seven bars; it lives as long as its person is in the picture. */

import { UNSURE, colourOf, looks, percent } from "./emotions.js";

const COMPACT_FROM = 4;
const ROOMY_UNTIL = 2;

const QUALITY = {
  small: "The face is small in the picture.",
  dark: "The face is in the dark.",
  blurred: "The face is blurred.",
  turned: "The head is tilted or turned far to one side.",
};

export class Faces {
  #list = document.getElementById("cards");
  #nobody = document.getElementById("nobody");
  #count = document.getElementById("faces-count");
  #scroll = document.getElementById("faces-scroll");
  /** @type {Map<number, Card>} */
  #cards = new Map();

  /** @param {object[]} faces of /api/state @param {string} emptyWords what stands where nobody is */
  show(faces, emptyWords) {
    const present = new Set(faces.map((face) => face.person));
    for (const [person, card] of this.#cards) {
      if (present.has(person)) continue;
      card.element.remove();
      this.#cards.delete(person);
    }
    for (const face of [...faces].sort((one, other) => one.person - other.person)) {
      this.#card(face).show(face);
    }
    // Between the two numbers it stays as it is: a fourth face that comes and goes must not turn every card over.
    if (faces.length >= COMPACT_FROM || faces.length <= ROOMY_UNTIL) {
      this.#list.toggleAttribute("data-compact", faces.length >= COMPACT_FROM);
    }
    setText(this.#count, faces.length ? `${faces.length} in the picture` : "");
    setText(this.#nobody, emptyWords);
    this.#nobody.hidden = faces.length > 0;
    this.#letKeysScroll();
  }

  #card(face) {
    const known = this.#cards.get(face.person);
    if (known) return known;
    const card = new Card(face);
    this.#cards.set(face.person, card);
    // Numbers only grow, but a person who was lost for a moment comes back with the old one.
    const next = [...this.#cards].filter(([person]) => person > face.person)
      .sort(([one], [other]) => one - other)[0];
    this.#list.insertBefore(card.element, next ? next[1].element : null);
    return card;
  }

  /** A list that scrolls must be reachable by keyboard; one that does not should not be a stop on the way. */
  #letKeysScroll() {
    const scrolls = this.#scroll.scrollHeight > this.#scroll.clientHeight + 1;
    if (scrolls === this.#scroll.hasAttribute("tabindex")) return;
    if (scrolls) {
      this.#scroll.tabIndex = 0;
      this.#scroll.setAttribute("role", "group");
      this.#scroll.setAttribute("aria-label", "All faces, scrolls");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) this.#scroll.removeAttribute(name);
    }
  }
}

class Card {
  constructor(face) {
    const title = `person-${face.person}`;
    this.emotion = make("span", "emotion");
    this.person = make("span", "person", `Person ${face.person}`);
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
    const chip = make("span", "chip");
    chip.setAttribute("aria-hidden", "true");
    const heading = make("h3");
    heading.id = title;
    heading.append(this.emotion, " ", this.person);
    const head = make("div", "face-head");
    head.append(chip, heading, this.confidence);
    this.element = make("li", "face");
    this.element.setAttribute("aria-labelledby", title);
    this.element.append(head, this.hint, this.bars);
  }

  show(face) {
    const strongest = strongestOf(face.scores);
    this.element.dataset.emotion = face.emotion;
    this.element.dataset.person = String(face.person);
    this.element.style.setProperty("--emotion", colourOf(face.emotion));
    setText(this.emotion, face.emotion);
    setText(this.confidence, percent(face.confidence));
    this.confidence.hidden = face.emotion === UNSURE;
    const hint = hintFor(face, strongest);
    setText(this.hint, hint);
    this.hint.hidden = hint === "";
    for (const [name, bar] of this.rows) bar.show(face.scores[name] ?? 0, name === strongest);
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
    // The meter says both to a screen reader; read three times they would be noise.
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
    words.push(`Not sure enough to say; closest is ${strongest} with ${percent(face.scores[strongest] ?? 0)}.`);
  }
  if (QUALITY[face.quality]) words.push(QUALITY[face.quality]);
  return words.join(" ");
}

function strongestOf(scores) {
  return Object.keys(scores).reduce((best, name) => (scores[name] > scores[best] ? name : best));
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {object} face @returns {string} "Person 2 looks happy, 82%" */
export function sentenceFor({ person, emotion, confidence }) {
  if (emotion === UNSURE) return `Person ${person}: unsure`;
  return `Person ${person} ${looks(emotion)}, ${percent(confidence)}`;
}
