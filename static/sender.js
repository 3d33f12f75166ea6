/**
 * Sends the pictures of a video one by one, the newest only: two are on their way at most, and each answer says who is
 * in it. Where the line or the computer is slow, pictures get fewer and then smaller.
 */

import { ApiError, sendFrame } from "./api.js";
import { Pace } from "./pace.js";

const IN_FLIGHT = 2;
const TICK_MS = 8;
const BUSY_PAUSE_MS = 250;
const LOST_AFTER_MS = 3000;

export class Sender {
  #video;
  #id = "";
  #handlers;
  #worker = new Worker("/static/sender_worker.js");
  /** @type {Map<number, (jpeg: Blob) => void>} who is waiting for which picture */
  #encoding = new Map();
  #inFlight = 0;
  #closed = false;
  #sentAt = 0;
  #sentFrame = -1;
  #notBefore = 0;
  #number = 0;
  #shown = 0;
  #heardAt = performance.now();
  #pace;

  /**
   * @param {HTMLVideoElement} video
   * @param {import("./device.js").Wish} wish what is open
   * @param {string} id of the live session, as POST /api/browser gave it
   * @param {{
   *   onFaces: (answer: {width: number, height: number, faces: object[]}) => void,
   *   onForgotten: () => void,
   *   onLost: (error: ApiError) => void,
   * }} handlers the server does not know the id any more; it has not answered for some seconds
   */
  constructor(video, { kind, resolution }, id, handlers) {
    this.#video = video;
    this.#pace = new Pace(kind, IN_FLIGHT, performance.now(), resolution?.width);
    this.#id = id;
    this.#handlers = handlers;
    this.#worker.onmessage = ({ data: { number, jpeg } }) => {
      if (!number) return this.#tick();
      this.#encoding.get(number)(jpeg);
      return this.#encoding.delete(number);
    };
    this.#worker.postMessage({ every: TICK_MS });
  }

  /** @returns {"" | "fewer" | "smaller"} what a slow line makes of the pictures */
  get effect() {
    return this.#pace.effect;
  }

  /** Sends all further pictures to another session. */
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
    if (now - this.#sentAt < 1000 / this.#pace.most - TICK_MS) return;
    if (this.#video.currentTime === this.#sentFrame) return;
    this.#sentFrame = this.#video.currentTime;
    this.#sentAt = now;
    this.#send(now);
  }

  async #send(now) {
    this.#inFlight += 1;
    const number = this.#number += 1;
    const id = this.#id;
    try {
      const answer = await sendFrame(id, await this.#encode(number));
      this.#heardAt = performance.now();
      this.#pace.answered(this.#heardAt, this.#heardAt - now);
      // If one answer overtakes another, the newer one counts.
      if (!this.#closed && number > this.#shown) {
        this.#shown = number;
        this.#handlers.onFaces({ ...answer, lateMs: this.#heardAt - now });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failed(error, now, id);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** @returns {Promise<Blob>} the video's picture of this moment as a JPEG */
  async #encode(number) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const scale = Math.min(1, this.#pace.side / Math.max(width, height));
    const bitmap = await createImageBitmap(this.#video, {
      resizeWidth: Math.max(1, Math.round(width * scale)),
      resizeHeight: Math.max(1, Math.round(height * scale)),
    });
    return new Promise((take) => {
      this.#encoding.set(number, take);
      this.#worker.postMessage({ number, bitmap }, [bitmap]);
    });
  }

  #failed(error, sentAt, id) {
    if (this.#closed) return;
    const now = performance.now();
    if (error.status === 404) {
      // Two pictures may be on their way to a session that is gone; one is enough to report it.
      if (id !== this.#id || this.#notBefore === Infinity) return;
      this.#notBefore = Infinity;
      this.#handlers.onForgotten();
      return;
    }
    this.#notBefore = now + BUSY_PAUSE_MS;
    this.#pace.answered(now, this.#notBefore - sentAt);
    if (now - this.#heardAt > LOST_AFTER_MS) this.#handlers.onLost(error);
  }
}
