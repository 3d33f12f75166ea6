/** The live picture: connects the stream, lets it rest while nobody can see it, and covers it with honest words. */

import { ApiError, askWhyNoPicture } from "./api.js";
import { situationFull } from "./situation.js";

const REST_AFTER_MS = 15000;
const RETRY_MS = 2000;
const FIRST_PART_MS = 10000;
const SHOWING = new Set(["live", "demo", "reconnecting", "starting"]);

const ACTION_WORDS = {
  start: "Start",
  retry: "Try again",
  demo: "Play the demo clip",
  choose: "Choose a source",
  look: "Try now",
};

export class Picture {
  #stage = document.getElementById("stage");
  #img = document.getElementById("picture");
  #icon = document.getElementById("overlay-icon");
  #title = document.getElementById("overlay-title");
  #text = document.getElementById("overlay-text");
  #actions = document.getElementById("overlay-actions");
  #overlay = document.getElementById("overlay");
  #connection = 0;
  #connected = false;
  /** Until then, by performance.now(), a stream may be without a picture. */
  #lostFrom = 0;
  /** @type {HTMLImageElement | null} the one of which the server was asked why it shows nothing */
  #explained = null;
  #resting = false;
  #aside = false;
  #retry = 0;
  #rest = 0;
  /** @type {import("./situation.js").Situation | null} */
  #situation = null;
  /** @type {import("./situation.js").Situation | null} */
  #full = null;
  #shown = "";

  /** @param {(action: string) => void} onAction a button over the picture was pressed */
  constructor(onAction) {
    this.onAction = onAction;
    document.addEventListener("visibilitychange", () => this.#seenOrNot());
    this.#seenOrNot();
  }

  /** @returns {boolean} whether there is a picture that could be saved */
  get showing() {
    return (this.#connected || this.#aside) && this.#situation?.veil === "none" && !this.#full;
  }

  /** @returns {import("./situation.js").Situation | null} the viewer limit as a situation, while it keeps us out */
  get full() {
    return this.#full;
  }

  /** @param {import("./situation.js").Situation} situation */
  show(situation) {
    this.#situation = situation;
    if (!SHOWING.has(situation.name)) {
      this.#full = null;
      this.#disconnect();
    } else if (!this.#connected && !this.#resting && !this.#retry) {
      this.#connect();
    }
    this.#cover();
    this.#keepShape();
  }

  /** @param {boolean} aside whether something else is shown in its place, such as this device's own camera */
  standAside(aside) {
    if (aside === this.#aside) return;
    this.#aside = aside;
    if (aside) this.#disconnect();
    else this.renew();
  }

  /** Connect afresh: after a change of source the old stream may have ended without a word. */
  renew() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    if (this.#situation && SHOWING.has(this.#situation.name) && !this.#resting) this.#connect();
  }

  #connect() {
    if (this.#aside) return;
    this.#letGo();
    this.#connected = true;
    this.#lostFrom = performance.now() + FIRST_PART_MS;
    this.#connection += 1;
    // A new element, because an old one would go on showing what it had until the first part is there.
    const img = this.#img.cloneNode(false);
    img.removeAttribute("src");  // its width would be taken for that of the stream's first part
    img.hidden = true;
    img.addEventListener("error", () => this.#explain(img));
    img.src = `/video_feed?view=${this.#connection}`;
    this.#img.replaceWith(img);
    this.#img = img;
  }

  #disconnect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#letGo();
  }

  #letGo() {
    if (!this.#connected) return;
    this.#connected = false;
    // Removing the address is not enough for every browser to close the endless answer; another address is.
    this.#img.src = "/static/icon.svg";
    this.#img.hidden = true;
  }

  async #explain(img) {
    if (!this.#connected || img !== this.#img || img === this.#explained) return;
    this.#explained = img;
    let pause = RETRY_MS;
    try {
      await askWhyNoPicture();
      this.#full = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#full = error.status === 503 ? situationFull(error) : null;
      pause = Math.max(RETRY_MS, error.retryAfterSeconds * 1000);
    }
    if (!this.#connected || img !== this.#img) return;
    this.#letGo();
    this.#retry = setTimeout(() => {
      this.#retry = 0;
      if (this.#situation && SHOWING.has(this.#situation.name) && !this.#resting) this.#connect();
    }, pause);
    this.#cover();
  }

  /** A hidden tab gives its place back after a while; a visible one has its picture at once. */
  #seenOrNot() {
    clearTimeout(this.#rest);
    if (document.hidden) {
      this.#rest = setTimeout(() => {
        this.#resting = true;
        this.#disconnect();
      }, REST_AFTER_MS);
      return;
    }
    if (this.#resting) {
      this.#resting = false;
      if (this.#situation && SHOWING.has(this.#situation.name)) this.#connect();
    }
  }

  /** Called with every state: a multipart picture tells nobody when its first part is there. */
  #keepShape() {
    const { naturalWidth: width, naturalHeight: height } = this.#img;
    const there = this.#connected && width > 0;
    this.#img.hidden = !there;
    if (!there) {
      if (performance.now() > this.#lostFrom) this.#explain(this.#img);
      return;
    }
    // Chromium takes the picture away from a stream that was cut, and tells nobody.
    this.#lostFrom = 0;
    if (this.#full) {
      this.#full = null;
      this.#cover();
    }
    const ratio = `${width} / ${height}`;
    if (this.#stage.style.aspectRatio !== ratio) this.#stage.style.aspectRatio = ratio;
  }

  #cover() {
    const situation = this.#full ?? this.#situation;
    if (!situation) return;
    const key = JSON.stringify(situation);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#stage.dataset.situation = situation.name;
    this.#stage.dataset.veil = situation.veil;
    this.#stage.dataset.icon = situation.icon;
    this.#overlay.hidden = situation.veil === "none";
    this.#icon.setAttribute("href", `#icon-${situation.icon}`);
    this.#title.textContent = situation.title;
    this.#text.textContent = situation.text;
    this.#offer(situation.actions);
  }

  #offer(actions) {
    const had = this.#actions.contains(document.activeElement);
    this.#actions.replaceChildren(...actions.map((action, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = place === 0 ? "button primary" : "button";
      button.textContent = ACTION_WORDS[action];
      button.addEventListener("click", () => this.onAction(action));
      return button;
    }));
    // Whoever pressed a button that is gone now continues at the one that is always there.
    if (had) (this.#actions.querySelector("button") ?? document.getElementById("start-stop")).focus();
  }
}
