/** One saved session: who showed what, when; how sure each share is; markers; downloads. */

import { readSources } from "./api.js";
import {
  Axis,
  definePatterns,
  drawShares,
  element,
  foldedTable,
  percent,
  Strip,
  sureness,
  View,
} from "./charts.js";
import { clock } from "./dom.js";
import { tieAbout } from "./session_about.js";
import { Audience } from "./session_audience.js";
import { tellFacts, tellNotes } from "./session_facts.js";
import { Markers } from "./session_markers.js";
import { askUse, readSummary } from "./sessions_api.js";

const MOST_PERSONS = 12;

const id = document.body.dataset.session;
const part = (name) => document.getElementById(name);

function tell(words) {
  part("problem").hidden = words === "";
  part("problem").textContent = words;
}

/** Run what may fail, and show what did. */
async function trying(work) {
  try {
    tell("");
    return await work();
  } catch (error) {
    tell(error.message);
    return null;
  }
}

class SessionPage {
  constructor(session, activity, audience) {
    Object.assign(this, { session, activity, audience });
    this.view = new View(0, Math.max(session.seconds, 0.1));
    this.strips = [];
  }

  draw() {
    this.drawHead();
    this.drawTimeline();
    this.drawShares();
    this.drawStretches();
    if (this.activity.people > 1) new Audience(id, this.view, this.audience, trying);
    this.placeFlags();
    new Markers(this.session, this.view, { trying, again: () => this.again() });
    part("loading").hidden = true;
    part("content").hidden = false;
  }

  drawHead() {
    const { session, activity } = this;
    const { whole } = activity;
    document.title = `${session.name} – Facial expression`;
    part("name").textContent = session.name;
    tellFacts(part("facts"), session);
    tellNotes(part("notes"), session);
    part("lead").textContent = leadOf(activity);
    const inView = session.seconds ? Math.min(1, whole.in_view_seconds / session.seconds) : 0;
    const numbers = [
      ["Somebody in view", percent(inView), "of the time"],
      ["People", String(activity.people), "told apart by number"],
      ["Changes", String(whole.changes), whole.changes_per_minute === null ? "" : `${whole.changes_per_minute.toFixed(1)} a minute`],
    ];
    if (whole.longest) {
      numbers.push(["Longest", whole.longest.label, clock(whole.longest.end - whole.longest.start, true)]);
    }
    if (whole.most_expressive) {
      const { emotion, seconds } = whole.most_expressive;
      numbers.push(["Most expressive", clock(seconds), emotion]);
    }
    const boxes = numbers.map(([title, value, more]) =>
      element("div", {}, element("dt", {}, title), element("dd", {}, value, element("small", {}, more))),
    );
    part("numbers").replaceChildren(...boxes);
  }

  drawTimeline() {
    const charts = part("charts");
    const cursor = element("div", { class: "cursor" });
    cursor.hidden = true;
    charts.append(cursor);
    this.flags = element("div", { class: "flags" });
    charts.append(this.flags);
    this.addStrip("Everybody together", this.activity.strip, "what was shown most");
    for (const [person, answer] of this.persons ?? []) {
      this.addStrip(`Person ${person}`, answer.strip, `mostly ${answer.whole.predominant.emotion}`);
    }
    new Axis(charts, this.view);
    const reach = part("reach");
    reach.max = String(this.session.seconds);
    reach.addEventListener("input", () => this.view.point(Number(reach.value)));
    this.view.addEventListener("point", () => {
      const { at } = this.view;
      cursor.hidden = at === null;
      cursor.style.left = `${this.view.place(at)}%`;
      reach.value = String(at);
      part("at-time").textContent = this.wordsAt(at);
      reach.setAttribute("aria-valuetext", this.wordsAt(at));
    });
    this.view.addEventListener("zoom", () => {
      cursor.hidden = true;
      part("zoom-out").hidden = !this.view.zoomed;
      this.placeFlags();
    });
    part("zoom-out").addEventListener("click", () => this.view.zoom(0, this.session.seconds));
    const rowsOfTable = this.strips.flatMap(({ name, strip }) =>
      strip.spans.slice(0, 200).map(({ label, start, end }) => [name, label, clock(start, true), clock(end, true)]),
    );
    part("timeline").append(foldedTable("Who showed what, when", ["Who", "Expression", "From", "To"], rowsOfTable));
  }

  addStrip(name, spans, more) {
    const row = element("div", { class: "chart-row" });
    row.append(element("div", { class: "chart-title" }, element("b", {}, name), element("span", {}, more)));
    part("charts").append(row);
    this.strips.push({ name, strip: new Strip(row, this.view, spans, `What ${name.toLowerCase()} showed over time`) });
  }

  wordsAt(at) {
    const shown = this.strips.map(({ name, strip }) => `${name}: ${strip.labelAt(at) ?? "not visible"}`);
    return `${clock(at, true)} · ${shown.join(" · ")}`;
  }

  drawShares() {
    const { shares } = this.activity.whole;
    drawShares(part("shares"), shares);
    const rows = shares.map(({ label, share, low, high }) => [label, sureness(share, low, high)]);
    part("shares").append(foldedTable("Time per expression", ["Expression", "Share of the seen time"], rows));
  }

  placeFlags() {
    const { view } = this;
    const inView = this.session.markers.filter(({ start, end }) => (end ?? start) >= view.start && start <= view.end);
    this.flags.hidden = inView.length === 0;
    this.flags.replaceChildren(
      ...inView.map((marker) => {
        const flag = element("button", { type: "button" }, marker.label || "marker");
        const left = Math.max(0, Math.min(92, view.place(marker.start)));
        flag.style.left = `${left}%`;
        if (marker.end !== null) {
          flag.className = "stretch";
          flag.style.width = `${Math.min(100, view.place(marker.end)) - left}%`;
        }
        flag.addEventListener("click", () => view.point(marker.start));
        return flag;
      }),
    );
  }

  /** After a marker changed: every answer is split again. */
  async again() {
    this.activity = await askUse(id, "activity");
    this.placeFlags();
    this.drawStretches();
  }

  drawStretches() {
    const parts = this.activity.between_markers;
    part("stretches-panel").hidden = parts.length === 0;
    const rows = parts.map((one) => [
      one.label || "–",
      `${clock(one.start)} – ${clock(one.end)}`,
      one.end > one.start ? predominantWords(one.predominant) : "too short",
      topShare(one),
      String(one.changes),
      one.valence === null ? "–" : one.valence.toFixed(2),
    ]);
    const table = foldedTable("Between the markers", ["Stretch", "Time", "Mostly", "Share", "Changes", "Valence"], rows);
    table.open = true;
    part("stretches").replaceChildren(table);
  }
}

function leadOf({ whole }) {
  const { emotion, sure } = whole.predominant;
  if (emotion === null) return "No face was seen long enough to say anything about its expression.";
  if (emotion === "unsure") return "The expression was unclear throughout.";
  const share = whole.shares.find(({ label }) => label === emotion);
  const words = `${emotion} ${sureness(share.share, share.low, share.high)} of the time in which a face was seen`;
  return sure
    ? `Mostly ${words}.`
    : `Cannot tell which expression was shown most; the one named most often was ${words}.`;
}

function predominantWords({ emotion, sure }) {
  if (emotion === null) return "nobody seen";
  return sure ? emotion : `${emotion}, cannot tell`;
}

function topShare({ shares, predominant }) {
  const share = shares.find(({ label }) => label === predominant.emotion);
  return share ? sureness(share.share, share.low, share.high) : "–";
}

async function start() {
  await trying(async () => {
    const [summary, audience, sources] = await Promise.all([readSummary(id), askUse(id, "audience"), readSources()]);
    definePatterns(sources.emotions);
    const { session, activity, persons, markers } = summary;
    const page = new SessionPage({ ...session, markers }, activity, audience);
    if (persons.length > 1) {
      const some = persons.slice(0, MOST_PERSONS);
      page.persons = await Promise.all(some.map(async (person) => [person, await askUse(id, "activity", { person })]));
    }
    page.draw();
    tieAbout(page.session, () => page.drawHead());
  });
}

start();
