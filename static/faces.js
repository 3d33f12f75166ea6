/** The cards of everybody in the picture, a summary if there are many, and the link between a card and its box. */

import { Card } from "./card.js";
import { Crowd } from "./crowd.js";
import { setText } from "./dom.js";
import { UNSURE, looks, percent } from "./emotions.js";

const COMPACT_FROM = 4;
const ROOMY_UNTIL = 2;
const MANY_FROM = 7;
const GROUP_FROM = 2;
const REORDER_SECONDS = 2;

export class Faces {
  #list = document.getElementById("cards");
  #nobody = document.getElementById("nobody");
  #count = document.getElementById("faces-count");
  #fold = document.getElementById("faces-fold");
  #crowd = new Crowd();
  /** @type {Map<number, Card>} */
  #cards = new Map();
  #orderedAt = -Infinity;
  #pointed = null;
  #onPoint;
  /** For a screen, such as a video call, the group comes first, however small. */
  groupFirst = false;

  /** @param {(person: number | null) => void} onPoint a card is pointed at or focused */
  constructor(onPoint) {
    this.#onPoint = onPoint;
    this.#fold.addEventListener("click", () => this.#toggle());
    for (const [event, over] of [["pointerover", true], ["focusin", true], ["pointerleave", false], ["focusout", false]]) {
      this.#list.addEventListener(event, ({ target }) => {
        const card = over ? target.closest(".face") : null;
        this.#onPoint(card ? Number(card.dataset.person) : null);
      });
    }
    this.#list.addEventListener("keydown", (event) => this.#walk(event));
  }

  /**
   * @param {object[]} faces of one picture
   * @param {string} emptyWords shown when there is nobody
   * @param {number} [seconds] any clock that only runs forward
   */
  show(faces, emptyWords, seconds = performance.now() / 1000) {
    const present = new Set(faces.map((face) => face.person));
    for (const [person, card] of this.#cards) {
      if (present.has(person)) continue;
      card.element.remove();
      this.#cards.delete(person);
    }
    const came = faces.filter((face) => !this.#cards.has(face.person));
    for (const face of came) this.#cards.set(face.person, new Card(face));
    for (const face of faces) this.#cards.get(face.person).show(face);
    this.#order(faces, seconds, came.length > 0);
    this.#frame(faces);
    setText(this.#count, faces.length ? `${faces.length} in the picture` : "");
    setText(this.#nobody, emptyWords);
    this.#nobody.hidden = faces.length > 0;
  }

  /** @param {object[]} faces @returns {boolean} whether somebody has no card, or one with another name */
  differ(faces) {
    return faces.some(({ person, emotion }) => this.#cards.get(person)?.shown.emotion !== emotion);
  }

  /** @param {object[]} faces @returns {object[]} the same, each with the confidence that its card shows */
  asShown(faces) {
    return faces.map((face) => ({ ...face, confidence: this.#cards.get(face.person).shown.confidence }));
  }

  /**
   * @param {CanvasImageSource} picture @param {object[]} faces that are in it
   * @param {{scale?: number, mirror?: boolean}} view picture pixels per box pixel; whether it is mirrored
   */
  showThumbs(picture, faces, view) {
    for (const face of faces) this.#cards.get(face.person)?.showThumb(picture, face, view);
  }

  /** @param {import("./history.js").History} history @param {number} now on its clock */
  showStrips(history, now) {
    for (const [person, card] of this.#cards) card.strip.show(history.of(person), now);
  }

  /** @param {number | null} person whose card is highlighted */
  highlight(person) {
    if (person === this.#pointed) return;
    this.#cards.get(this.#pointed)?.element.removeAttribute("data-pointed");
    this.#pointed = person;
    this.#cards.get(person)?.element.setAttribute("data-pointed", "");
  }

  /** A few are sorted by number, many as they stand in the picture, but not anew at every step that somebody takes. */
  #order(faces, seconds, somebodyCame) {
    if (!somebodyCame && (faces.length < MANY_FROM || seconds - this.#orderedAt < REORDER_SECONDS)) return;
    this.#orderedAt = seconds;
    const left = ({ box }) => box[0] + box[2] / 2;
    const order = faces.length < MANY_FROM
      ? [...faces].sort((one, other) => one.person - other.person)
      : [...faces].sort((one, other) => left(one) - left(other));
    const elements = order.map((face) => this.#cards.get(face.person).element);
    elements.forEach((element, place) => {
      // moving a focused one would take the focus away
      if (this.#list.children[place] !== element) this.#list.insertBefore(element, this.#list.children[place] ?? null);
    });
    this.#oneStop();
  }

  #frame(faces) {
    // Between the two numbers nothing changes: a fourth face that comes and goes must not rebuild every card.
    if (faces.length >= COMPACT_FROM || faces.length <= ROOMY_UNTIL) {
      this.#list.toggleAttribute("data-compact", faces.length >= COMPACT_FROM);
    }
    const many = faces.length >= (this.groupFirst ? GROUP_FROM : MANY_FROM);
    this.#crowd.show(faces, many);
    this.#fold.hidden = !many;
    this.#list.hidden = many && this.#fold.getAttribute("aria-expanded") === "false";
    this.#oneStop();
  }

  #toggle() {
    const open = this.#fold.getAttribute("aria-expanded") === "false";
    this.#fold.setAttribute("aria-expanded", String(open));
    setText(this.#fold, open ? "Hide the cards" : "Show the cards");
    this.#list.hidden = !open;
  }

  /** However many there are, the cards are one stop for the Tab key; arrow keys move between them. */
  #oneStop() {
    const cards = [...this.#list.children];
    const current = cards.find((card) => card.contains(document.activeElement)) ?? cards[0];
    for (const card of cards) {
      const index = card === current ? 0 : -1;
      if (card.tabIndex !== index || !card.hasAttribute("tabindex")) card.tabIndex = index;
    }
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const card = event.target.closest(".face");
    if (!step || !card) return;
    const next = step > 0 ? card.nextElementSibling : card.previousElementSibling;
    event.preventDefault();
    next?.focus();
    this.#oneStop();
  }
}

/** @param {object} face @returns {string} "Person 2 looks happy, 82%" */
export function sentenceFor({ person, emotion, confidence }) {
  if (emotion === UNSURE) return `Person ${person}: unsure`;
  return `Person ${person} ${looks(emotion)}, ${percent(confidence)}`;
}
