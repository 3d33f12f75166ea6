/** Two sessions side by side: what differs, how sure that is, and how many more people it would take to be sure. */

import { readSources } from "./api.js";
import { Axis, Curves, definePatterns, drawShares, element, foldedTable, percent, svg, View } from "./charts.js";
import { clock } from "./dom.js";
import { compare, readSummary } from "./sessions_api.js";
import { count, dateWords } from "./words.js";

const query = new URLSearchParams(location.search);
const part = (name) => document.getElementById(name);

function points(more) {
  const signed = (value) => {
    const rounded = Math.round(100 * value);
    return `${rounded > 0 ? "+" : rounded < 0 ? "−" : ""}${Math.abs(rounded)}`;
  };
  return `${signed(more.value)} points (${signed(more.low)} to ${signed(more.high)})`;
}

/** A line from -100 to 100 points with its middle marked. */
function whisker(more) {
  const place = (value) => `${50 + 50 * Math.max(-1, Math.min(1, value))}%`;
  return svg(
    "svg",
    { class: "share-bar", "aria-hidden": "true" },
    svg("line", { x1: "50%", x2: "50%", y1: "0", y2: "100%", class: "grid", stroke: "currentColor", "stroke-opacity": 0.3 }),
    svg("line", { x1: place(more.low), x2: place(more.high), y1: "50%", y2: "50%", class: "whisker" }),
    svg("circle", { cx: place(more.value), cy: "50%", r: 4, fill: "currentColor" }),
  );
}

function drawDifferences(holder, rows) {
  const list = element("ul", { class: "shares differences" });
  for (const { name, more, sure } of rows) {
    if (!more) continue;
    const words = sure ? points(more) : `cannot tell: ${points(more)}`;
    list.append(element("li", {}, element("span", {}, name), whisker(more), element("span", { class: "value" }, words)));
  }
  holder.replaceChildren(list);
}

function drawSession(holder, session, shown) {
  const head = element("h3", {}, element("a", { href: `/sessions/${session.id}` }, session.name));
  const facts = element("p", { class: "quiet-words" }, `${dateWords(session.started_at)} · ${clock(session.seconds)}`);
  const shares = element("div");
  drawShares(shares, shown.shares);
  holder.replaceChildren(head, facts, shares);
}

function drawAudience(answer) {
  part("audience-answer").hidden = !answer.enough;
  if (!answer.enough) {
    part("audience-lead").textContent =
      `There was no moment with ${count(answer.minimum, "face")} in both. Nothing is said about a smaller group.`;
    return;
  }
  part("audience-lead").textContent =
    `Compared over the ${count(answer.common_seconds, "second")} in which both had enough faces.`;
  drawDifferences(part("gains"), answer.gains.map(({ measure, more, sure }) => ({ name: measure, more, sure })));
  const needed = answer.gains
    .filter(({ sure, more_people }) => !sure && more_people)
    .map(({ measure, more_people }) => `about ${more_people} more ${more_people === 1 ? "person" : "people"} for ${measure}`);
  part("needed").textContent =
    needed.length ? `To be sure of a difference of this size, it would take ${needed.join(", ")}.` : "";
  const { curve, step_seconds: step } = answer;
  const view = new View(0, (curve.at(-1)?.seconds ?? 0) + step);
  const lines = ["first", "second"].map((name) => ({
    name,
    points: curve.map((pair) => ({ seconds: pair.seconds, value: pair[name] })),
  }));
  new Curves(part("curves"), view, lines, step, "Amusement of both showings");
  new Axis(part("curves"), view);
  const rows = curve.map((pair) => [clock(pair.seconds), percent(pair.first), percent(pair.second)]);
  part("audience-panel").append(foldedTable("Amusement", ["From", "First", "Second"], rows.slice(0, 1200)));
}

async function start() {
  const [a, b] = [query.get("a"), query.get("b")];
  try {
    const parameters = Object.fromEntries([...query].filter(([name]) => ["marker", "minimum"].includes(name)));
    const [first, second, sources] = await Promise.all([readSummary(a), readSummary(b), readSources()]);
    definePatterns(sources.emotions);
    const answers = await Promise.all([compare(a, b, "activity"), compare(a, b, "audience", parameters)]);
    const [activity, audience] = answers.map(({ answer }) => answer);
    drawSession(part("first"), first.session, activity.first);
    drawSession(part("second"), second.session, activity.second);
    const rows = activity.differences.map(({ emotion, more, sure }) => ({ name: emotion, more, sure }));
    drawDifferences(part("differences"), rows);
    part("no-confusion").hidden = rows.some(({ more }) => more);
    part("audience-panel").hidden = first.persons.length < 2 || second.persons.length < 2;
    drawAudience(audience);
    offerMinimum(audience.minimum);
    offerMarkers(first, second);
    part("loading").hidden = true;
    part("content").hidden = false;
  } catch (error) {
    part("loading").hidden = true;
    part("problem").hidden = false;
    part("problem").textContent = error.message;
  }
}

function offerMinimum(minimum) {
  const field = part("minimum");
  field.value = String(minimum);
  field.addEventListener("change", () => {
    if (field.reportValidity()) ask("minimum", field.value);
  });
}

/** Reloads the page with this in its address; an empty value is left out. */
function ask(name, value) {
  if (value) query.set(name, value);
  else query.delete(name);
  location.search = query;
}

/** Aligns two showings at a marker that both have. */
function offerMarkers(first, second) {
  const labels = new Set(second.markers.map(({ label }) => label));
  const common = [...new Set(first.markers.map(({ label }) => label))].filter((label) => label && labels.has(label));
  part("align").hidden = common.length === 0;
  const choice = part("align-choice");
  choice.append(...common.map((label) => element("option", { value: label }, label)));
  choice.value = query.get("marker") ?? "";
  choice.addEventListener("change", () => ask("marker", choice.value));
}

start();
