/**
 * Fits the pictures to the connection: first fewer, then smaller ones.
 *
 * What the connection carries is measured by how long answers take, not by how many come: a screen on which nothing
 * moves has little to send, and a camera in the dark gives fewer pictures.
 */

const WINDOW_MS = 2000;
const LARGER_AFTER_MS = 5 * WINDOW_MS;
/** Below this rate smaller pictures serve better than full ones; lower for a screen, in which faces are small. */
const FEWEST_PER_SECOND = { camera: 8, screen: 5 };
/** Pictures grow again only if that is likely to last. */
const MARGIN = 1.5;

/** Pixels of the longer side, for a camera and for a screen, in which faces are small. */
const SIDES = { camera: [1920, 1280, 960, 640, 480, 320], screen: [1920, 1280, 960] };
const MOST_PER_SECOND = { camera: 30, screen: 10 };

/** Time is an argument, in milliseconds, so that a minute of a slow line is a test of a millisecond. */
export class Pace {
  #kind;
  #sides;
  #places;
  /** @type {{at: number, tookMs: number}[]} of late */
  #answers = [];
  #size = 0;
  #resizedAt;
  #slow = false;

  /**
   * @param {"camera" | "screen"} kind
   * @param {number} places how many pictures may be on their way at once
   * @param {number} now
   * @param {number} [largest] pixels of the longer side that are worth sending
   */
  constructor(kind, places, now, largest = Infinity) {
    this.#kind = kind;
    this.#sides = SIDES[kind].filter((side) => side <= largest);
    this.#places = places;
    this.#resizedAt = now;
  }

  /** @returns {number} pixels of the longer side of the next picture */
  get side() {
    return this.#sides[this.#size];
  }

  /** @returns {number} pictures per second to aim for */
  get most() {
    return MOST_PER_SECOND[this.#kind];
  }

  /** @returns {"" | "fewer" | "smaller"} how a slow connection changes the pictures */
  get effect() {
    if (this.#size > 0) return "smaller";
    return this.#slow ? "fewer" : "";
  }

  /** @param {number} now @param {number} tookMs from the picture to its answer or until the next may be sent */
  answered(now, tookMs) {
    this.#answers.push({ at: now, tookMs });
    this.#answers = this.#answers.filter(({ at }) => at > now - WINDOW_MS);
    if (now - this.#resizedAt >= WINDOW_MS) this.#fit(now);
  }

  #fit(now) {
    const possible = this.#possible();
    this.#slow = possible < this.most / 2;
    const fewest = FEWEST_PER_SECOND[this.#kind];
    if (possible < fewest && this.#size < this.#sides.length - 1) this.#resize(1, now);
    else if (this.#size > 0 && now - this.#resizedAt > LARGER_AFTER_MS && this.#larger(possible) > MARGIN * fewest) {
      this.#resize(-1, now);
    }
  }

  #resize(step, now) {
    this.#size += step;
    this.#resizedAt = now;
    this.#answers = [];
  }

  /** @returns {number} pictures per second that the connection carries: places by the time each takes (Little's law) */
  #possible() {
    const tookMs = this.#answers.reduce((sum, answer) => sum + answer.tookMs, 0) / this.#answers.length;
    return (1000 * this.#places) / tookMs;
  }

  /** @returns {number} the same for pictures one size larger, assuming that all the time goes into their bytes */
  #larger(possible) {
    const [larger, now] = [this.#sides[this.#size - 1], this.side];
    return possible * (now / larger) ** 2;
  }
}
