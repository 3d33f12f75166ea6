/** Mood: a calendar of the user's own days, in which gaps stay gaps; the time of day; notes; files to keep. */

import { element, percent } from "./charts.js";
import { setText } from "./dom.js";
import { addNote, readMood } from "./uses_api.js";
import { field, group, row, table, trying } from "./uses_parts.js";
import { count, dateWords } from "./words.js";

const SPANS = [[30, "30 days"], [90, "90 days"], [365, "a year"]];

const KEY =
  "Valence: \u22121 unpleasant to look at, 0 neutral, 1 pleasant; \u2013 not seen; \u2022 with a note of yours.";

/** The valence at which a day gets its full colour; the daily mean of a face at a screen rarely reaches it. */
const FULL_COLOUR = 0.4;

const DAY = { day: "numeric", month: "short" };

const TEACH =
  "Record sessions and tick \u201cThis is me\u201d: each day on which your face was seen for a minute gets a number " +
  "here. All of it stays on the computer that runs this program.";

export class Panel {
  everySeconds = 30;
  #lead = element("p", { class: "use-lead", role: "status" });
  #teach = element("p", { class: "help", hidden: "" }, TEACH);
  #span = element("select", {}, ...SPANS.map(([days, words]) => element("option", { value: String(days) }, words)));
  #calendar = group("calendar");
  #times = table("By time of day", ["Time", "Valence", "Variety", "Flat minutes", "Seen"]);
  #notes = element("ul", { class: "day-notes" });
  #files = group("use-tools");
  #line = element("p", { class: "use-problem", role: "status" });
  #shown = "";

  /** @param {HTMLElement} holder @param {{again: () => void}} page */
  constructor(holder, { again }) {
    this.again = again;
    this.#span.addEventListener("change", again);
    const key = element("p", { class: "help" }, KEY);
    holder.append(this.#lead, this.#teach, group("use-fields", field("Up to today", this.#span)), this.#calendar, key);
    holder.append(element("h3", {}, "By time of day"), this.#times.element);
    holder.append(element("h3", {}, "My notes"), this.#noteForm(), this.#line, this.#notes, this.#files);
  }

  async refresh() {
    const days = this.#span.value;
    const mood = await readMood(days);
    const known = mood.days.filter(({ seen }) => seen.valence !== null);
    const seen = `${known.length} of ${count(mood.days.length, "day")} seen`;
    const whole = `${seen}: valence ${signed(mood.whole.valence)} on the whole.`;
    setText(this.#lead, known.length ? whole : "No day of your own yet.");
    this.#teach.hidden = known.length > 0;
    const told = JSON.stringify(mood);
    if (told === this.#shown) return;
    this.#shown = told;
    this.#calendar.replaceChildren(calendarOf(mood));
    this.#times.body.replaceChildren(...mood.times.map(timeRow));
    this.#notes.replaceChildren(...mood.days.filter(({ notes }) => notes.length).reverse().map(notesOf));
    this.#files.replaceChildren(
      element("a", { href: `/api/mood.csv?days=${days}`, download: "mood.csv" }, "Save as a table (CSV)"),
      element("a", { href: `/mood?days=${days}`, target: "_blank", rel: "noopener" }, "Two pages to print"),
    );
  }

  #noteForm() {
    const day = element("input", { type: "date", required: "", max: today(), value: today() });
    const text = element("input", { type: "text", required: "", maxlength: "2000", placeholder: "Slept badly" });
    const save = element("button", { type: "submit", class: "button" }, "Keep the note");
    const form = element("form", { class: "note-form", autocomplete: "off" });
    form.append(field("Day", day), field("Note", text), save);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await trying(this.#line, async () => {
        await addNote({ day: day.value, text: text.value });
        text.value = "";
      });
      this.again();
    });
    return form;
  }
}

/** Today in the reader's time zone, as a date field has it. */
function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** @param {number | null} value @returns {string} "+0.12", "−0.30", "–" if unknown */
function signed(value) {
  if (value === null) return "\u2013";
  const digits = Math.abs(value).toFixed(2);
  return digits === "0.00" ? "0.00" : `${value < 0 ? "\u2212" : "+"}${digits}`;
}

/** A line for each week, the newest last; the weeks are those of the answer, which end with today. */
function calendarOf({ days, weeks }) {
  const short = new Intl.DateTimeFormat(undefined, { weekday: "short" });
  const heads = days.slice(-7).map(({ day }) => short.format(new Date(`${day}T12:00`)));
  const { body, element: made } = table("Valence by day", ["Week from", ...heads, "Mean of the days"]);
  const first = days.length % 7 || 7;
  weeks.forEach((week, place) => {
    const end = first + 7 * place;
    const cells = days.slice(Math.max(0, end - 7), end).map(dayCell);
    const empty = Array.from({ length: Math.max(0, heads.length - cells.length) }, () => element("td"));
    const from = element("th", { scope: "row" }, new Date(`${week.start}T12:00`).toLocaleDateString(undefined, DAY));
    body.append(element("tr", {}, from, ...empty, ...cells, element("td", {}, weekWords(week))));
  });
  return made;
}

function weekWords({ days, valence }) {
  if (!valence) return days ? `${count(days, "day")}: too few` : "";
  return `${signed(valence.value)} (${signed(valence.low)} to ${signed(valence.high)})`;
}

function dayCell({ day, seen, notes }) {
  const { valence, seconds } = seen;
  const long = valence === null ? "not seen" : `${Math.round(seconds / 60)} min seen`;
  const title = [`${dateWords(`${day}T12:00`, false)}: ${long}`, ...notes].join("\n");
  const cell = element("td", { class: "day", title }, signed(valence));
  if (notes.length) cell.append(" \u2022", element("span", { class: "unseen" }, "with a note"));
  if (valence === null) cell.dataset.gap = "";
  else {
    cell.dataset.sign = valence < 0 ? "less" : "more";
    cell.style.setProperty("--level", Math.min(1, Math.abs(valence) / FULL_COLOUR).toFixed(2));
  }
  return cell;
}

function timeRow({ name, from_hour: hour, seen }) {
  const hours = `${name}, ${hour}\u2013${hour + 6} h`;
  const variety = seen.variety === null ? "\u2013" : seen.variety.toFixed(2);
  return row([hours, signed(seen.valence), variety, percent(seen.flatness), `${Math.round(seen.seconds / 60)} min`]);
}

function notesOf({ day, notes }) {
  return element("li", {}, element("strong", {}, dateWords(`${day}T12:00`, false)), ` ${notes.join(" / ")}`);
}
