/** A video as the source: pause, a slider for the position, one frame forward or back, loop on or off. */

import { orderPlayback } from "./api.js";
import { clock, setText } from "./dom.js";
import { clearProblem, showProblem } from "./problems.js";

/** The state is asked for once a second while pictures come: in between the page counts on by itself. */
const COUNT_MS = 250;
/** The picture changes a moment after the order is answered. */
const FOLLOWS_MS = 150;

export class Playback {
  #panel = document.getElementById("playback");
  #pause = document.getElementById("playback-pause");
  #pauseWords = document.getElementById("playback-pause-text");
  #pauseIcon = document.getElementById("playback-pause-icon");
  #slider = document.getElementById("playback-position");
  #time = document.getElementById("playback-time");
  #loop = document.getElementById("playback-loop");
  #onOrder;
  /** @type {{position: number, length: number | null, paused: boolean, loop: boolean} | null} */
  #state = null;
  #heardAt = 0;
  #timer = 0;
  #busy = false;
  #dragging = false;
  /** @type {object | null} where the slider has been moved since the order that is under way */
  #next = null;

  /** @param {() => void} onOrder an order was sent: the state has news */
  constructor(onOrder) {
    this.#onOrder = onOrder;
    this.#pause.addEventListener("click", () => this.pauseOrPlay());
    this.#loop.addEventListener("click", () => this.loop());
    document.getElementById("playback-back").addEventListener("click", () => this.step(-1));
    document.getElementById("playback-on").addEventListener("click", () => this.step(1));
    this.#slider.addEventListener("input", () => {
      this.#dragging = true;
      this.#showPosition(Number(this.#slider.value));
      this.#order({ position: Number(this.#slider.value) });
    });
    this.#slider.addEventListener("change", () => { this.#dragging = false; });
  }

  /** @param {object | null} state an answer of /api/state */
  show(state) {
    this.#state = state?.playback ?? null;
    this.#panel.hidden = !this.#state;
    clearInterval(this.#timer);
    if (!this.#state) return;
    const { paused, loop, length } = this.#state;
    this.#heardAt = performance.now();
    setText(this.#pauseWords, paused ? "Play" : "Pause");
    const icon = `#icon-${paused ? "play" : "pause"}`;
    if (this.#pauseIcon.getAttribute("href") !== icon) this.#pauseIcon.setAttribute("href", icon);
    this.#loop.setAttribute("aria-pressed", String(loop));
    this.#slider.disabled = length === null;
    this.#slider.max = String(length ?? 0);
    this.#count();
    if (!paused) this.#timer = setInterval(() => this.#count(), COUNT_MS);
  }

  pauseOrPlay() {
    if (this.#state) this.#order({ paused: !this.#state.paused });
  }

  /** @param {1 | -1} pictures */
  step(pictures) {
    if (this.#state) this.#order({ step: pictures });
  }

  loop() {
    if (this.#state) this.#order({ loop: !this.#state.loop });
  }

  /** Of the positions that a slider passes while an order is under way, only the newest matters. */
  async #order(order) {
    if (this.#busy) {
      this.#next = this.#merged(order);
      return;
    }
    this.#busy = true;
    try {
      this.show(await orderPlayback(order));
      clearProblem();
    } catch (error) {
      showProblem(error.message);
    }
    this.#busy = false;
    const next = this.#next;
    this.#next = null;
    if (next) this.#order(next);
    else setTimeout(this.#onOrder, FOLLOWS_MS);
  }

  #merged(order) {
    const step = (this.#next?.step ?? 0) + (order.step ?? 0);
    return { ...this.#next, ...order, ...(step ? { step } : {}) };
  }

  #count() {
    if (this.#dragging || this.#busy || this.#next) return;
    const { position, length, paused } = this.#state;
    const since = paused ? 0 : (performance.now() - this.#heardAt) / 1000;
    const now = position + since;
    this.#showPosition(length && now > length ? (this.#state.loop ? now % length : length) : now);
  }

  #showPosition(seconds) {
    const { length } = this.#state;
    if (!this.#dragging) this.#slider.value = String(seconds);
    const words = length === null ? clock(seconds, true) : `${clock(seconds, true)} of ${clock(length, true)}`;
    setText(this.#time, words);
    this.#slider.setAttribute("aria-valuetext", words);
  }
}
