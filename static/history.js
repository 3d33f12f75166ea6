/** What each person showed in the last two minutes, as this page saw it; none of it is stored or sent. */

const KEPT_SECONDS = 120;
const STEP_SECONDS = 0.25;

/**
 * @typedef {object} Piece
 * @property {string} emotion
 * @property {number} start seconds, on the clock given to add()
 * @property {number} end
 */

/** Time is an argument. */
export class History {
  /** @type {Map<number, Piece[]>} */
  #people = new Map();
  #addedAt = -Infinity;

  /**
   * @param {object[]} faces @param {number} seconds any clock that only runs forward
   * @returns {boolean} whether it was time for another entry
   */
  add(faces, seconds) {
    if (seconds - this.#addedAt < STEP_SECONDS) return false;
    for (const { person, emotion } of faces) this.#extend(person, emotion, seconds);
    this.#addedAt = seconds;
    this.#forget(seconds - KEPT_SECONDS);
    return true;
  }

  /** Another source: person 1 is somebody else now. */
  clear() {
    this.#people.clear();
    this.#addedAt = -Infinity;
  }

  /** @returns {number[]} everyone who was seen, in order of number */
  get persons() {
    return [...this.#people.keys()].sort((one, other) => one - other);
  }

  /** @param {number} person @returns {Piece[]} in order; between two of them the person was not seen */
  of(person) {
    return this.#people.get(person) ?? [];
  }

  #extend(person, emotion, seconds) {
    const pieces = this.#people.get(person) ?? [];
    this.#people.set(person, pieces);
    const last = pieces.at(-1);
    const goesOn = last && seconds - last.end <= 4 * STEP_SECONDS;
    if (goesOn) last.end = seconds;
    if (!goesOn || last.emotion !== emotion) pieces.push({ emotion, start: seconds, end: seconds });
  }

  #forget(before) {
    for (const [person, pieces] of this.#people) {
      while (pieces.length && pieces[0].end < before) pieces.shift();
      if (!pieces.length) this.#people.delete(person);
    }
  }
}
