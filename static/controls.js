/** Start and stop, mirror, save: each button does one thing, and says so if it did not work. */

import { takeSnapshot } from "./api.js";
import { clearProblem, showProblem } from "./problems.js";

const RUNNING = new Set(["starting", "live", "demo", "reconnecting"]);

export class Controls {
  #startStop = document.getElementById("start-stop");
  #startStopText = document.getElementById("start-stop-text");
  #startStopIcon = document.getElementById("start-stop-icon");
  #mirror = document.getElementById("mirror");
  #save = document.getElementById("save");
  #boxesDrawn = () => true;
  #running = false;
  #mirrored = false;
  #busy = false;

  /**
   * @param {(order: object) => Promise<unknown>} obey carries out an order, or throws an error with a message
   * @param {(order: object | null) => void} onChanged an order was carried out, or refused (null)
   * @param {() => boolean} boxesDrawn whether boxes are drawn: a picture is saved as it is seen
   */
  constructor(obey, onChanged, boxesDrawn) {
    this.#boxesDrawn = boxesDrawn;
    this.obey = obey;
    this.onChanged = onChanged;
    this.#startStop.addEventListener("click", () => this.startOrStop());
    this.#mirror.addEventListener("click", () => this.mirror());
    this.#save.addEventListener("click", () => this.save());
  }

  /** @param {object | null} state @param {boolean} picture whether there is a picture that can be saved */
  show(state, picture) {
    const retrying = state?.source.retrying === true;
    this.#running = retrying || (state !== null && RUNNING.has(state.source.status));
    this.#mirrored = state?.mirror === true;
    this.#startStop.disabled = state === null;
    this.#mirror.disabled = state === null;
    this.#save.disabled = !picture;
    const words = retrying ? "Stop trying" : this.#running ? "Stop" : "Start";
    if (this.#startStopText.textContent !== words) {
      this.#startStopText.textContent = words;
      this.#startStopIcon.setAttribute("href", `#icon-${this.#running ? "stop" : "play"}`);
    }
    this.#mirror.setAttribute("aria-pressed", String(this.#mirrored));
  }

  async startOrStop() {
    if (this.#startStop.disabled) return;
    await this.command({ action: this.#running ? "stop" : "start" });
  }

  async mirror() {
    if (this.#mirror.disabled) return;
    await this.command({ action: "set", mirror: !this.#mirrored });
  }

  /** @param {object} order for POST /api/camera @returns {Promise<boolean>} whether it was done */
  async command(order) {
    if (this.#busy) return false;
    this.#busy = true;
    let done = false;
    try {
      await this.obey(order);
      clearProblem();
      done = true;
    } catch (error) {
      showProblem(error.message);
    }
    this.#busy = false;
    this.onChanged(done ? order : null);
    return done;
  }

  async save() {
    if (this.#save.disabled) return;
    try {
      offerFile(await takeSnapshot(this.#boxesDrawn()), `expression-${stamp(new Date())}.jpg`);
      clearProblem();
    } catch (error) {
      showProblem(`The picture was not saved. ${error.message}`);
    }
  }
}

function offerFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser needs the address until it has begun to write the file.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** @param {Date} now @returns {string} "2026-11-22-14-05-09" in local time */
function stamp(now) {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60000);
  return local.toISOString().slice(0, 19).replace(/[T:]/g, "-");
}
