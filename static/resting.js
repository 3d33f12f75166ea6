/** The user's own resting face: recorded with a button, its effect put in words, switched off and deleted at will. */

import { about, ask } from "./api.js";
import { setText } from "./dom.js";
import { showProblem } from "./problems.js";

const SECONDS = 15;

const TEACH =
  `Look calm for ${SECONDS} seconds. From then on your expression is read relative to that face: only yours, until ` +
  "you leave the picture or switch it off.";

export class Resting {
  #words = document.getElementById("resting-words");
  #line = document.getElementById("resting-line");
  #start = document.getElementById("resting-start");
  #switch = document.getElementById("resting-switch");
  #delete = document.getElementById("resting-delete");
  #file = document.getElementById("resting-file");
  #active = false;

  /** @param {() => void} onChanged */
  constructor(onChanged) {
    const send = (method, body) => async () => {
      try {
        await ask(about("/api/resting"), {
          method,
          headers: { "Content-Type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body()),
        });
        onChanged();
      } catch (error) {
        showProblem(error.message);
      }
    };
    this.#start.addEventListener("click", send("POST", () => ({ seconds: SECONDS })));
    this.#switch.addEventListener("click", send("POST", () => ({ active: !this.#active })));
    this.#delete.addEventListener("click", send("DELETE"));
  }

  /** @param {{resting?: object|null, faces: object[]}|null} state of the live session, or null without an answer */
  show(state) {
    const resting = state?.resting ?? null;
    const left = resting?.recording_seconds_left ?? null;
    const made = resting !== null && left === null && !resting.problem;
    this.#active = made && resting.active;
    const progress = left === null ? "" : `Look calm: ${Math.ceil(left)} s left.`;
    setText(this.#words, resting?.problem || progress || resting?.words || TEACH);
    setText(this.#line, this.#active || left !== null ? this.#words.textContent : "");
    this.#line.hidden = this.#line.textContent === "";
    this.#start.disabled = !state?.faces.length || left !== null;
    setText(this.#switch, this.#active ? "Switch off" : "Switch on");
    for (const one of [this.#switch, this.#delete, this.#file]) one.hidden = !made;
    this.#file.href = about("/api/resting/profile");
  }
}
