/** Which camera or clip, at which resolution, and which detector: a dialog that keeps the picture in view. */

import { isOwnCamera } from "./device.js";
import { openDialog } from "./dialogs.js";
import { setText } from "./dom.js";

const OTHER = "other";

export class Source {
  #panel = document.getElementById("source");
  #name = document.getElementById("source-name");
  #choice = document.getElementById("source-choice");
  #addressField = document.getElementById("address-field");
  #address = document.getElementById("source-address");
  #search = document.getElementById("source-search");
  #resolutionField = document.getElementById("resolution-field");
  #resolution = document.getElementById("resolution-choice");
  #detectorField = document.getElementById("detector-field");
  #detectorHelp = document.getElementById("detector-help");
  #found = document.getElementById("search-found");
  #detector = document.getElementById("detector-choice");
  /** @type {{value: string, name: string}[]} */
  #sources = [];
  /** @type {{value: string, name: string}[]} */
  #searched = [];
  /** @type {{value: string, name: string}[]} */
  #own = [];
  #settings;
  /** What the machine's camera is asked for, as "1280x720". */
  #asked = "";
  /** Whose resolution the dialog shows. @type {"" | "own" | "machine"} */
  #shownFor = "";

  /**
   * @param {import("./settings.js").Settings} settings which remember the resolution of this device's own camera
   * @param {(order: {source: string, detector?: string, resolution?: Resolution}) => Promise<boolean>} onUse
   * @param {(probe: boolean) => Promise<object | null>} onSearch asks which cameras there are now and offers them
   */
  constructor(settings, onUse, onSearch) {
    this.#settings = settings;
    this.onSearch = onSearch;
    this.#choice.append(new Option("Address, file or number\u2026", OTHER));
    this.#choice.addEventListener("change", () => this.#showFields(true));
    this.#address.addEventListener("input", () => this.#showResolution());
    document.getElementById("source-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const order = this.#order();
      if (order && await onUse(order)) this.close();
    });
    this.#search.addEventListener("click", () => this.#searchCameras());
    document.getElementById("source-open").addEventListener("click", () => this.open());
  }

  /** @param {{value: string, name: string}[]} cameras and screens of this device */
  offerOwn(cameras) {
    this.#own = cameras;
    this.#fill();
  }

  /**
   * @param {object} lists an answer of /api/sources
   * @param {boolean} searched whether cameras were searched for: what a search has found stays in the list
   */
  offer({ sources = [], detectors = [] }, searched) {
    const finder = this.#detector.value;
    if (searched) this.#searched = sources;
    const listed = new Set(sources.map(({ value }) => value));
    this.#sources = [...this.#searched.filter(({ value }) => !listed.has(value)), ...sources];
    this.#fill();
    this.#detector.replaceChildren(...detectors.map(({ name, title, unavailable }) => {
      const option = new Option(unavailable ? `${title} (not installed)` : title, name);
      option.disabled = Boolean(unavailable);
      return option;
    }));
    if (finder) pick(this.#detector, finder);
    this.#detectorField.hidden = detectors.length < 2;
    this.#detectorHelp.replaceChildren(...detectors.filter(({ unavailable }) => unavailable).map(({ unavailable }) => {
      const reason = document.createElement("p");
      reason.textContent = firstSentence(unavailable);
      return reason;
    }));
    this.#showFields(false);
  }

  /** @param {object} state an answer of /api/state: what runs now; an open form is left alone */
  show(state) {
    if (this.#name.textContent !== state.source.name) this.#name.textContent = state.source.name;
    if (this.#panel.open) return;
    this.#asked = resolutionText(state.resolution);
    this.#shownFor = "";
    if (state.detector) pick(this.#detector, state.detector);
    const value = state.source.value;
    if (value === undefined || value === null) return;
    const listed = [...this.#choice.options].some((option) => option.value === String(value));
    this.#choice.value = listed ? String(value) : OTHER;
    if (!listed) this.#address.value = String(value);
    this.#showFields(false);
  }

  open() {
    openDialog("source");
    setText(this.#found, "");
    this.onSearch(false);
    this.#choice.focus();
  }

  close() {
    this.#panel.close();
  }

  async #searchCameras() {
    const before = new Set(this.#sources.map(({ value }) => value));
    this.#search.disabled = true;
    setText(this.#found, "Looking for cameras\u2026");
    const lists = await this.onSearch(true);
    this.#search.disabled = false;
    setText(this.#found, lists ? foundWords(lists.sources, before) : "");
    this.#choice.focus();
  }

  #fill() {
    const chosen = this.#choice.value;
    this.#choice.replaceChildren(
      ...[...this.#sources, ...this.#own].map(({ value, name }) => new Option(name, value)),
      new Option("Address, file or number\u2026", OTHER),
    );
    if ([...this.#choice.options].some((option) => option.value === chosen)) this.#choice.value = chosen;
  }

  #showFields(focus) {
    const other = this.#choice.value === OTHER;
    this.#addressField.hidden = !other;
    this.#address.required = other;
    if (other && focus) this.#address.focus();
    this.#showResolution();
  }

  /** Only a webcam has a resolution to choose: the machine's, which is the same for everybody, or this device's own. */
  #showResolution() {
    const source = this.#source();
    const whose = isOwnCamera(source) ? "own" : /^\d+$/.test(source) ? "machine" : "";
    this.#resolutionField.hidden = whose === "";
    if (whose === this.#shownFor) return;  // keep what has just been chosen
    this.#shownFor = whose;
    const value = whose === "own" ? this.#settings.get("resolution") : this.#asked;
    if (whose && value) pick(this.#resolution, value, value.replace("x", " \u00d7 "));
  }

  #source() {
    return this.#choice.value === OTHER ? this.#address.value.trim() : this.#choice.value;
  }

  #order() {
    const order = { source: this.#source() };
    if (!order.source) return null;
    if (!this.#detectorField.hidden) order.detector = this.#detector.value;
    if (isOwnCamera(order.source)) this.#settings.set("resolution", this.#resolution.value);
    else if (!this.#resolutionField.hidden) order.resolution = resolutionOf(this.#resolution.value);
    return order;
  }
}

/** @typedef {{width: number, height: number}} Resolution in pixels */

/** @param {string} text "1280x720" @returns {Resolution} */
export function resolutionOf(text) {
  const [width, height] = text.split("x").map(Number);
  return { width, height };
}

/** @param {Resolution | undefined} resolution @returns {string} "1280x720"; empty where there is none */
function resolutionText(resolution) {
  return resolution ? `${resolution.width}x${resolution.height}` : "";
}

/** The rest is for the person who installs it on the command line. */
function firstSentence(words) {
  return words.split(/(?<=\.)\s/)[0];
}

/** Only cameras count: the demo clip is always there. */
function foundWords(sources, before) {
  const fresh = sources.filter(({ value }) => value !== "demo" && !before.has(value));
  if (fresh.length) return `Found: ${fresh.map(({ name }) => name).join(", ")}.`;
  return "No other camera was found.";
}

/** What runs may not be in the list, such as a detector from a file; without an entry the list would be empty. */
function pick(select, value, words = value) {
  if (![...select.options].some((option) => option.value === value)) select.append(new Option(words, value));
  select.value = value;
}
