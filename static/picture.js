/** The live picture: keeps the stream open while it can be seen, and shows each picture with its faces. */

import { ApiError } from "./api.js";
import { Boxes } from "./boxes.js";
import { situationFull } from "./situation.js";
import { Stream } from "./stream.js";

const REST_AFTER_MS = 15000;
const RETRY_MS = 2000;
const SILENCE_MS = 10000;
const SHOWING = new Set(["live", "demo", "reconnecting", "starting"]);

/** @typedef {{picture: ImageBitmap, width: number, height: number, faces: object[]}} Seen */

export class Picture {
  #stage = document.getElementById("stage");
  #canvas = document.getElementById("picture");
  #single = document.getElementById("single");
  #painter = this.#canvas.getContext("bitmaprenderer");
  #handlers;
  #stream;
  #resting = false;
  #aside = false;
  #retry = 0;
  #rest = 0;
  #heardAt = 0;
  /** @type {import("./stream.js").Shot | null} what came while another picture was being decoded */
  #next = null;
  #painting = false;
  /** @type {import("./situation.js").Situation | null} */
  #situation = null;
  /** @type {import("./situation.js").Situation | null} */
  #full = null;

  /**
   * @param {{onSeen: (seen: Seen) => object[], onWords: () => void, onPoint: (person: number | null) => void}} handlers
   *   a picture is about to be shown; the server sent a card with words instead, so its state has news; the pointer
   *   is over a face
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.boxes = new Boxes(document.getElementById("boxes"), { onPoint: handlers.onPoint });
    this.#stream = new Stream({
      onShot: (shot) => this.#take(shot),
      onSingle: (single) => { this.#single.hidden = !single; },
      onEnd: (error) => this.#ended(error),
    });
    document.addEventListener("visibilitychange", () => this.#seenOrNot());
    this.#seenOrNot();
  }

  /** @returns {boolean} whether there is a picture that could be saved */
  get showing() {
    return (!this.#canvas.hidden || this.#aside) && this.#situation?.veil === "none" && !this.#full;
  }

  /** @returns {boolean} whether faces come with the pictures and need no request of their own */
  get flowing() {
    return !this.#canvas.hidden && this.#stream.open;
  }

  /** @returns {import("./situation.js").Situation | null} the viewer limit, while it keeps this page out */
  get full() {
    return this.#full;
  }

  /** Called for every state. @param {import("./situation.js").Situation} situation */
  show(situation) {
    this.#situation = situation;
    if (!SHOWING.has(situation.name)) {
      this.#full = null;
      this.#disconnect();
    } else if (!this.#stream.open && !this.#retry) {
      this.#connect();
    } else if (this.#stream.open && performance.now() - this.#heardAt > SILENCE_MS) {
      this.#connect();
    }
  }

  /** @param {boolean} aside whether something else is shown in its place, such as this device's own camera */
  standAside(aside) {
    if (aside === this.#aside) return;
    this.#aside = aside;
    if (aside) this.#disconnect();
    else this.renew();
  }

  /** Reconnect: after a change of source the old stream may have ended silently. */
  renew() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#connect();
  }

  #connect() {
    if (this.#aside || this.#resting || !this.#situation || !SHOWING.has(this.#situation.name)) return;
    this.#heardAt = performance.now();
    this.#stream.start();
  }

  #disconnect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#stream.stop();
    this.#clear();
  }

  #clear() {
    this.#next = null;
    this.#canvas.hidden = true;
    this.#single.hidden = true;
    this.boxes.show([], { width: 1, height: 1 });
  }

  #ended(error) {
    this.#clear();
    this.#full = error instanceof ApiError && error.status === 503 ? situationFull(error) : null;
    const wanted = error instanceof ApiError ? error.retryAfterSeconds * 1000 : 0;
    this.#retry = setTimeout(() => {
      this.#retry = 0;
      this.#connect();
    }, Math.max(RETRY_MS, wanted));
    this.#handlers.onWords();
    if (!(error instanceof ApiError || error instanceof TypeError)) throw error;
  }

  /** A browser that decodes slowly shows the newest picture and skips those in between. */
  async #take(shot) {
    this.#heardAt = performance.now();
    this.#full = null;
    this.#next = shot;
    if (this.#painting) return;
    this.#painting = true;
    while (this.#next) {
      const newest = this.#next;
      this.#next = null;
      await this.#paint(newest);
    }
    this.#painting = false;
  }

  async #paint({ picture, seen }) {
    const bitmap = await createImageBitmap(picture);
    if (!this.#stream.open) return bitmap.close();
    if (!seen) {
      this.#handlers.onWords();
      this.boxes.show([], { width: 1, height: 1 });
    } else {
      const faces = this.#handlers.onSeen({ picture: bitmap, ...seen });
      this.boxes.show(this.#situation?.veil === "none" ? faces : [], seen);
    }
    this.#keepShape(bitmap);
    this.#painter.transferFromImageBitmap(bitmap);
    this.#canvas.hidden = !seen && this.#canvas.hidden;
    return undefined;
  }

  #keepShape({ width, height }) {
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#stage.style.setProperty("--shape", (width / height).toFixed(4));
  }

  /** A hidden tab disconnects after a while; a visible one reconnects at once. */
  #seenOrNot() {
    clearTimeout(this.#rest);
    if (document.hidden) {
      this.#rest = setTimeout(() => {
        this.#resting = true;
        this.#disconnect();
      }, REST_AFTER_MS);
      return;
    }
    this.#resting = false;
    if (!this.#stream.open) this.#connect();
  }
}
