/** Asks for the state: often in a visible tab, seldom and soon not at all in a hidden one, never twice at once. */

import { readState } from "./api.js";

const VISIBLE_MS = 125;
const RELAXED_MS = 1000;
const HIDDEN_MS = 3000;
const REST_AFTER_MS = 15000;
const SLOWEST_RETRY_MS = 2000;

export class Poll {
  #timer = 0;
  #asking = false;
  #again = false;
  #failures = 0;
  #hiddenSince = 0;
  /** Whether faces arrive some other way, so that only the rest has to be asked for. */
  relaxed = false;

  /** @param {(state: object) => void} onState @param {(error: import("./api.js").ApiError) => void} onFailure */
  constructor(onState, onFailure) {
    this.onState = onState;
    this.onFailure = onFailure;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#hiddenSince = performance.now();
      else this.now();
    });
  }

  /** Ask at once, or right after the request that is under way. */
  now() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#ask();
  }

  async #ask() {
    this.#asking = true;
    const asked = performance.now();
    let state = null;
    try {
      state = await readState();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.onFailure(error);
    }
    // Outside the try: an error in the page must not look like a silent server.
    this.#asking = false;
    this.#askAgain(performance.now() - asked);
    if (state) this.onState(state);
  }

  /** Every request counts as a viewer, so a tab that stays hidden must fall silent for the server to rest. */
  #askAgain(tookMs) {
    const wanted = this.#again;
    this.#again = false;
    if (!wanted && document.hidden && performance.now() - this.#hiddenSince > REST_AFTER_MS) return;
    this.#timer = setTimeout(() => this.#ask(), wanted ? 0 : Math.max(0, this.#pause() - tookMs));
  }

  #pause() {
    if (this.#failures > 0) return Math.min(SLOWEST_RETRY_MS, 500 * 2 ** (this.#failures - 1));
    return document.hidden ? HIDDEN_MS : this.relaxed ? RELAXED_MS : VISIBLE_MS;
  }
}
