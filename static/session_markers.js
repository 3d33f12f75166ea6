/** The markers of a saved session: a list in which label and times can be changed, and a form for another one. */

import { element } from "./charts.js";
import { clock } from "./dom.js";
import { addMarker, changeMarker, deleteMarker } from "./sessions_api.js";

const TIME = /^(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d+)?)$/;

const part = (name) => document.getElementById(name);

/** @param {string} text "0:08.5" or "1:02:03" @returns {number | null} seconds; null where it is not such a time */
function secondsOf(text) {
  const found = TIME.exec(text.trim());
  if (!found) return null;
  const [hours, minutes, rest] = found.slice(1).map((one) => Number((one ?? "0").replace(",", ".")));
  return hours * 3600 + minutes * 60 + rest;
}

export class Markers {
  /**
   * @param {{id: string, seconds: number, markers: import("./sessions_api.js").Marker[]}} session
   * @param {import("./charts.js").View} view
   * @param {{trying: (work: () => Promise<void>) => Promise<void>, again: () => Promise<void>}} page
   */
  constructor(session, view, { trying, again }) {
    Object.assign(this, { session, view, trying, again });
    part("mark").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add({ start: view.at ?? 0 });
    });
    part("mark-stretch").addEventListener("click", () => this.#add({ start: view.start, end: view.end }));
    view.addEventListener("zoom", () => (part("mark-stretch").hidden = !view.zoomed));
    this.draw();
  }

  draw() {
    const { markers } = this.session;
    part("markers").replaceChildren(...markers.map((marker) => this.#item(marker)));
    part("no-markers").hidden = markers.length > 0;
  }

  #item(marker) {
    const { label } = marker;
    const name = this.#field(marker, "label", label, `Label of the marker at ${clock(marker.start, true)}`);
    const from = this.#field(marker, "start", clock(marker.start, true), `Start of ${label}`);
    const to = this.#field(marker, "end", marker.end === null ? "" : clock(marker.end, true), `End of ${label}, empty for a point`);
    name.className = "marker-label";
    to.placeholder = "end";
    const jump = this.#button("Show", `Show ${label} in the timeline`, () => this.view.point(marker.start));
    const remove = this.#button("Delete", `Delete the marker ${label}`, () =>
      this.#changing(async () => {
        await deleteMarker(this.session.id, marker.id);
        this.session.markers = this.session.markers.filter((one) => one !== marker);
      }),
    );
    return element("li", {}, name, element("span", { class: "marker-times" }, from, "–", to), jump, remove);
  }

  #field(marker, what, value, words) {
    const field = element("input", { type: "text", "aria-label": words, maxlength: "200", autocomplete: "off" });
    field.value = value;
    field.addEventListener("change", () =>
      this.#changing(async () => {
        const given = what === "label" ? field.value : this.#timeOf(field, what);
        Object.assign(marker, await changeMarker(this.session.id, marker.id, { [what]: given }));
      }),
    );
    return field;
  }

  /** Only a stretch has an end; nothing is marked after the end of the session. */
  #timeOf(field, what) {
    if (what === "end" && field.value.trim() === "") return null;
    const seconds = secondsOf(field.value);
    if (seconds === null) throw new Error(`“${field.value}” is not a time. Write it as 1:23.5: minutes, a colon, seconds.`);
    return Math.min(seconds, this.session.seconds);
  }

  #button(words, label, onClick) {
    const made = element("button", { type: "button", class: "button quiet", "aria-label": label }, words);
    made.addEventListener("click", onClick);
    return made;
  }

  #add(place) {
    const field = part("mark-label");
    const label = field.value.trim() || `Marker ${this.session.markers.length + 1}`;
    return this.#changing(async () => {
      this.session.markers.push(await addMarker(this.session.id, { label, ...place }));
      field.value = "";
    });
  }

  /** Whatever became of it, the list shows what is kept; where something changed, every answer is split anew. */
  async #changing(work) {
    await this.trying(async () => {
      await work();
      this.session.markers.sort((one, other) => one.start - other.start);
      await this.again();
    });
    this.draw();
  }
}
