/**
 * Sends the pictures of a video one by one, the newest only: two are on their way at most, and each answer says who is
 * in it. Where the line or the computer is slow, pictures get fewer and then smaller.
 */

import { ApiError, sendFrame } from "./api.js";

const IN_FLIGHT = 2;
const TICK_MS = 8;
const WINDOW_MS = 2000;
const SLOW_PER_SECOND = 8;
const BUSY_PAUSE_MS = 250;
const LOST_AFTER_MS = 3000;

/** Pixels of the longer side: of a camera, and of a screen, where faces are small. */
const SIDES = { camera: [640, 480, 320], screen: [1920, 1280, 960] };
const MOST_PER_SECOND = { camera: 30, screen: 10 };

export class Sender {
  #video;
  #kind;
  #id = "";
  #handlers;
  #worker = new Worker("/static/sender_worker.js");
  /** @type {Map<number, (jpeg: Blob) => void>} who waits for which picture */
  #encoding = new Map();
  #inFlight = 0;
  #closed = false;
  #size = 0;
  #sentAt = 0;
  #sentFrame = -1;
  #notBefore = 0;
  #number = 0;
  #shown = 0;
  /** @type {number[]} when answers came, by performance.now() */
  #answers = [];
  #resizedAt = performance.now();
  #heardAt = performance.now();

  /**
   * @param {HTMLVideoElement} video
   * @param {"camera" | "screen"} kind
   * @param {string} id of the live session, as POST /api/browser gave it
   * @param {{
   *   onFaces: (answer: {width: number, height: number, faces: object[]}) => void,
   *   onForgotten: () => void,
   *   onLost: (error: ApiError) => void,
   * }} handlers the server does not know the id any more; it has not answered for some seconds
   */
  constructor(video, kind, id, handlers) {
    this.#video = video;
    this.#kind = kind;
    this.#id = id;
    this.#handlers = handlers;
    this.#worker.onmessage = ({ data: { number, jpeg } }) => {
      if (!number) return this.#tick();
      this.#encoding.get(number)(jpeg);
      return this.#encoding.delete(number);
    };
    this.#worker.postMessage({ every: TICK_MS });
  }

  /** @returns {number} answers per second of late */
  get perSecond() {
    this.#forgetOld();
    return this.#answers.length / (WINDOW_MS / 1000);
  }

  /** @returns {boolean} whether pictures are smaller than they could be, or fewer than are worth watching */
  get slow() {
    return this.#size > 0;
  }

  /** Another session takes the rest. */
  goOnWith(id) {
    this.#id = id;
    this.#heardAt = performance.now();
    this.#notBefore = 0;
  }

  close() {
    this.#closed = true;
    this.#worker.terminate();
  }

  #tick() {
    const now = performance.now();
    if (this.#inFlight >= IN_FLIGHT || now < this.#notBefore || this.#video.readyState < 2) return;
    if (now - this.#sentAt < 1000 / MOST_PER_SECOND[this.#kind] - TICK_MS) return;
    if (this.#video.currentTime === this.#sentFrame) return;
    this.#sentFrame = this.#video.currentTime;
    this.#sentAt = now;
    this.#send(now);
  }

  async #send(now) {
    this.#inFlight += 1;
    const number = this.#number += 1;
    try {
      const answer = await sendFrame(this.#id, await this.#encode(number));
      this.#heard();
      // Of two answers that overtake each other, the newer one stays.
      if (!this.#closed && number > this.#shown) {
        this.#shown = number;
        this.#handlers.onFaces({ ...answer, lateMs: performance.now() - now });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failed(error);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** @returns {Promise<Blob>} the video's picture of this moment as a JPEG */
  async #encode(number) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const scale = Math.min(1, SIDES[this.#kind][this.#size] / Math.max(width, height));
    const bitmap = await createImageBitmap(this.#video, {
      resizeWidth: Math.max(1, Math.round(width * scale)),
      resizeHeight: Math.max(1, Math.round(height * scale)),
    });
    return new Promise((take) => {
      this.#encoding.set(number, take);
      this.#worker.postMessage({ number, bitmap }, [bitmap]);
    });
  }

  #heard() {
    this.#heardAt = performance.now();
    this.#answers.push(this.#heardAt);
    this.#fit(this.#heardAt);
  }

  /** Smaller pictures where few are answered, larger ones when all of them have been for a while. */
  #fit(now) {
    const since = now - this.#resizedAt;
    if (since < WINDOW_MS) return;
    const rate = this.perSecond;
    const most = MOST_PER_SECOND[this.#kind];
    let size = this.#size;
    if (rate < Math.min(SLOW_PER_SECOND, most / 2)) size += 1;
    else if (rate > 0.8 * most && since > 5 * WINDOW_MS) size -= 1;
    size = Math.max(0, Math.min(SIDES[this.#kind].length - 1, size));
    if (size === this.#size) return;
    this.#size = size;
    this.#resizedAt = now;
  }

  #failed(error) {
    if (this.#closed) return;
    const now = performance.now();
    if (error.status === 404) {
      this.#notBefore = Infinity;
      this.#handlers.onForgotten();
      return;
    }
    this.#notBefore = now + BUSY_PAUSE_MS;
    if (now - this.#heardAt > LOST_AFTER_MS) this.#handlers.onLost(error);
  }

  #forgetOld() {
    const since = performance.now() - WINDOW_MS;
    while (this.#answers.length && this.#answers[0] < since) this.#answers.shift();
  }
}
