/** What is said of a saved session, in a dialog: who, what for, and how long it is kept. */

import { tieDialogs } from "./dialogs.js";
import { changeSession } from "./sessions_api.js";

const dialog = document.getElementById("about-dialog");
const form = document.getElementById("about-form");
const problem = document.getElementById("about-problem");

/** @param {import("./sessions_api.js").Session} session changed in place @param {() => void} onChanged */
export function tieAbout(session, onChanged) {
  tieDialogs();
  fill(session);
  dialog.addEventListener("close", () => fill(session)); // what was not saved is not there the next time
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      Object.assign(session, await changeSession(session.id, wishOf(new FormData(form))));
      onChanged();
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

function fill(session) {
  problem.hidden = true;
  for (const field of form.querySelectorAll("input")) {
    if (field.type === "checkbox") field.checked = session[field.name];
    else field.value = session[field.name] ?? "";
  }
}

/** @param {FormData} form @returns {object} everything that can be said, as PATCH /api/sessions/ID takes it */
function wishOf(form) {
  const { keep_days: days, me, ...texts } = Object.fromEntries(form);
  return { ...texts, me: me !== undefined, keep_days: days ? Number(days) : null };
}
