/** Recording: only on request, plain to see in every tab, with markers at the moment of the key press. */

import { addMarker, startSession, stopSession } from "./api.js";
import { openDialog } from "./dialogs.js";
import { clock, make, recordingTitle, setText } from "./dom.js";
import { clearProblem, showProblem } from "./problems.js";


export class Record {
  #button = document.getElementById("record");
  #dialog = document.getElementById("record-dialog");
  #name = document.getElementById("record-name");
  #banner = document.getElementById("recording");
  #bannerName = document.getElementById("recording-name");
  #bannerFacts = document.getElementById("recording-facts");
  #pill = document.getElementById("recording-pill");
  #time = document.getElementById("recording-time");
  #label = document.getElementById("marker-label");
  #marked = document.getElementById("marked");
  #saved = document.getElementById("saved");
  #state = null;
  #markers = 0;

  /** @param {() => void} onChanged a recording was started or ended */
  constructor(onChanged) {
    this.onChanged = onChanged;
    this.#button.addEventListener("click", () => this.startOrStop());
    document.getElementById("recording-stop").addEventListener("click", () => this.#stop());
    document.getElementById("record-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start(new FormData(event.target));
    });
    document.getElementById("marker-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.mark();
    });
  }

  /** @returns {boolean} */
  get recording() {
    return this.#state !== null;
  }

  /** @returns {string} the beginning of the page's title, so that every tab shows it; "" while nothing is recorded */
  get title() {
    return this.#state ? recordingTitle(this.#state.seconds) : "";
  }

  /**
   * @param {object | null} state an answer of /api/state, or null while there is none
   * @param {number} people how many are in the picture
   */
  show(state, people) {
    const recording = state?.recording ?? null;
    if (recording?.id !== this.#state?.id) {
      this.#markers = 0;
      setText(this.#marked, "");
    }
    this.#state = recording;
    this.#button.disabled = state === null;
    this.#button.setAttribute("aria-pressed", String(recording !== null));
    this.#banner.hidden = this.#pill.hidden = recording === null;
    if (!recording) return;
    this.#saved.replaceChildren();
    setText(this.#time, clock(recording.seconds));
    setText(this.#bannerName, recording.name);
    setText(this.#bannerFacts, facts(recording, people));
  }

  /** Before a recording begins, it asks for a name and says what is kept. */
  async startOrStop() {
    if (this.#button.disabled) return;
    if (this.#state) {
      await this.#stop();
      return;
    }
    this.#name.value ||= `Session of ${new Date().toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`;
    openDialog("record-dialog");
    this.#name.select();
  }

  /** A marker at this moment, labelled with the text of the field. */
  async mark() {
    if (!this.#state) return;
    const at = new Date();
    this.#markers += 1;
    const label = this.#label.value.trim() || `Marker ${this.#markers}`;
    await this.#order("The marker was not set.", async () => {
      const { start } = await addMarker({ label, at: at.toISOString() });
      setText(this.#marked, `${label} at ${clock(start)}`);
      this.#label.value = "";
    });
  }

  async #start(form) {
    const wish = wishOf(form);
    await this.#order("Nothing is recorded.", async () => {
      await startSession(wish);
      this.#name.value = "";
    });
    this.#dialog.close();
  }

  async #stop() {
    await this.#order("The recording was not stopped and saved.", async () => {
      const { id, name, seconds } = await stopSession();
      const link = make("a", "", `${name}, ${clock(seconds)}`);
      link.href = `/sessions/${id}`;
      this.#saved.replaceChildren("Saved: ", link);
    });
  }

  async #order(failed, order) {
    try {
      await order();
      clearProblem();
    } catch (error) {
      showProblem(`${failed} ${error.message}`);
    }
    this.onChanged();
  }
}

/** @param {FormData} form @returns {object} what is known of the session: its name and whatever was filled in */
function wishOf(form) {
  const { keep_days: days, me, ...texts } = Object.fromEntries(form);
  const said = Object.entries(texts).map(([name, text]) => [name, text.trim()]);
  const wish = { ...Object.fromEntries(said.filter(([, text]) => text)), me: me !== undefined };
  return days ? { ...wish, keep_days: Number(days) } : wish;
}

function facts({ skipped, problem }, people) {
  if (problem) return problem;
  const who = people === 0 ? "nobody in view" : people === 1 ? "1 person in view" : `${people} people in view`;
  const missed = skipped ? `, ${skipped} frames skipped` : "";
  return `${who}${missed}. Numbers only, no pictures.`;
}
