/** Fetches the live picture with its faces: as a stream, or one by one if the browser has no connection left. */

import { ApiError, openStream, takePlainSnapshot } from "./api.js";
import { PartReader } from "./parts.js";

/** A browser opens six connections to one server; one is kept for everything that is not a stream. */
const SEATS = 5;
const SINGLE_PAUSE_MS = 150;
const SEAT_AGAIN_MS = 5000;

/**
 * @typedef {object} Shot
 * @property {Blob} picture a JPEG
 * @property {{width: number, height: number, faces: object[]} | null} seen who is in it; null for a card with words
 */

export class Stream {
  #stop = null;
  #handlers;

  /**
   * @param {{onShot: (shot: Shot) => void, onSingle: (single: boolean) => void, onEnd: (error: Error) => void}} handlers
   *   a picture came; pictures now come one by one, or as a stream again; the stream broke off
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @returns {boolean} whether pictures are coming, or will once there are any */
  get open() {
    return this.#stop !== null;
  }

  /** Start or restart. */
  start() {
    this.stop();
    const stop = this.#stop = new AbortController();
    this.#run(stop.signal).catch((error) => {
      if (stop.signal.aborted) return;
      this.#stop = null;
      this.#handlers.onEnd(error);
    });
  }

  /** Release the connection. */
  stop() {
    this.#stop?.abort();
    this.#stop = null;
  }

  async #run(signal) {
    while (!signal.aborted) {
      const leave = await takeSeat();
      try {
        if (signal.aborted) return;
        this.#handlers.onSingle(leave === null);
        if (leave) await this.#readStream(signal);
        else await this.#readSingles(signal);
      } finally {
        leave?.();
      }
    }
  }

  async #readStream(signal) {
    const answer = await openStream(signal);
    const reader = answer.body.getReader();
    const parts = new PartReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const newest = parts.feed(value).at(-1);
      if (newest) this.#handlers.onShot(shotOf(newest.body, newest.headers.get("x-faces")));
    }
    throw new ApiError("The stream of pictures ended.");
  }

  /** Until it is time to ask whether a connection has become free. */
  async #readSingles(signal) {
    const until = performance.now() + SEAT_AGAIN_MS;
    while (!signal.aborted && performance.now() < until) {
      const { picture, faces } = await takePlainSnapshot(signal);
      if (signal.aborted) return;
      this.#handlers.onShot(shotOf(picture, faces));
      await pause(SINGLE_PAUSE_MS);
    }
  }
}

function shotOf(body, faces) {
  return { picture: new Blob([body], { type: "image/jpeg" }), seen: faces ? JSON.parse(faces) : null };
}

/**
 * Tabs of one browser share its connections by locks. A page that may not use locks, because its address is neither
 * this computer's nor https, takes a connection without asking.
 *
 * @returns {Promise<(() => void) | null>} releases the connection; null if all are taken
 */
async function takeSeat() {
  if (!navigator.locks) return () => {};
  for (let number = 1; number <= SEATS; number += 1) {
    const leave = await new Promise((given) => {
      navigator.locks.request(`stream-${number}`, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise((left) => given(left));
        given(null);
        return undefined;
      });
    });
    if (leave) return leave;
  }
  return null;
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
