/** The list of saved sessions: search, rename, delete (with undo until the page is left), choose two to compare. */

import { element } from "./charts.js";
import { tellFacts } from "./session_facts.js";
import { changeSession, deleteSession, listSessions } from "./sessions_api.js";

const list = document.getElementById("sessions");
const search = document.getElementById("search");
const more = document.getElementById("more");
const compareButton = document.getElementById("compare");
const teach = document.getElementById("teach");
const nothing = document.getElementById("nothing");
const problem = document.getElementById("problem");
const said = document.getElementById("said");

/** @type {Map<string, import("./sessions_api.js").Session>} */
const shown = new Map();
const chosen = new Set();
const gone = new Set(); // deleted when the page is left, and can be brought back until then
let asked = 0;

async function load(further = false) {
  const turn = ++asked;
  const last = further ? [...shown.values()].at(-1)?.started_at : undefined;
  try {
    const answer = await listSessions(search.value.trim(), last);
    if (turn !== asked) return; // somebody typed on meanwhile
    if (!further) {
      shown.clear();
      list.replaceChildren();
    }
    for (const session of answer.sessions) {
      shown.set(session.id, session);
      list.append(itemOf(session));
    }
    more.hidden = !answer.more;
    teach.hidden = shown.size > 0 || search.value.trim() !== "";
    nothing.hidden = shown.size > 0 || search.value.trim() === "";
    tell("");
  } catch (error) {
    tell(error.message);
  }
}

function itemOf(session) {
  const item = element("li", { "data-id": session.id });
  fill(item, session);
  return item;
}

function fill(item, session) {
  item.toggleAttribute("data-gone", gone.has(session.id));
  if (gone.has(session.id)) {
    const back = button("Undo", () => {
      gone.delete(session.id);
      fill(item, session);
      say(`${session.name} is kept.`);
    });
    const words = element("p", {}, `“${session.name}” will be deleted for good when you leave this page.`);
    item.replaceChildren(element("span"), words, back);
    back.focus();
    return;
  }
  const box = element("input", { type: "checkbox", "aria-label": `Choose ${session.name} for a comparison` });
  box.checked = chosen.has(session.id);
  box.addEventListener("change", () => choose(session.id, box.checked));
  const link = element("a", { href: `/sessions/${session.id}`, class: "title" }, session.name);
  const facts = element("p", { class: "facts" });
  tellFacts(facts, session);
  const tools = element("div", { class: "tools" });
  tools.append(
    button("Rename", () => rename(item, session)),
    button("Delete", () => remove(item, session), session.state === "recording"),
  );
  item.replaceChildren(box, element("div", {}, link, facts), tools);
}

function button(words, onClick, disabled = false) {
  const made = element("button", { type: "button", class: "button quiet" }, words);
  made.disabled = disabled;
  made.addEventListener("click", onClick);
  return made;
}

function rename(item, session) {
  const field = element("input", { type: "text", "aria-label": "New name", maxlength: "200" });
  field.value = session.name;
  const form = element("form", { class: "row-of-tools" }, field);
  const keep = element("button", { type: "submit", class: "button primary" }, "Save");
  form.append(keep, button("Cancel", () => fill(item, session)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const changed = await changeSession(session.id, { name: field.value });
      shown.set(session.id, changed);
      fill(item, changed);
      say(`Renamed to ${changed.name}.`);
    } catch (error) {
      tell(error.message);
    }
  });
  item.replaceChildren(element("span"), form);
  field.focus();
  field.select();
}

function remove(item, session) {
  gone.add(session.id);
  choose(session.id, false);
  fill(item, session);
  say(`${session.name} will be deleted when you leave this page. You can undo it until then.`);
}

function choose(id, on) {
  if (on) chosen.add(id);
  else chosen.delete(id);
  compareButton.disabled = chosen.size !== 2;
}

function tell(words) {
  problem.hidden = words === "";
  problem.textContent = words;
}

function say(words) {
  said.textContent = words;
}

compareButton.addEventListener("click", () => {
  // The earlier one first, so that "before" and "after" read from left to right.
  const [a, b] = [...chosen].sort((one, other) => (shown.get(one).started_at < shown.get(other).started_at ? -1 : 1));
  location.assign(`/sessions/compare?a=${a}&b=${b}`);
});

// keepalive: the request is sent although the page is being left.
window.addEventListener("pagehide", () => {
  for (const id of gone) deleteSession(id, true);
  gone.clear();
});

let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(load, 200);
});
more.addEventListener("click", () => load(true));
load();
