/** What is known about a session, as one line below its name, in the list and on its own page. */

import { element } from "./charts.js";
import { clock } from "./dom.js";
import { count, dateWords } from "./words.js";

/**
 * Write "25 Nov 2026, 18:03 · 1:20 · Camera 0 · Comedy · 4 frames skipped · to be deleted after 25 Dec 2026".
 * @param {HTMLElement} holder @param {import("./sessions_api.js").Session} session
 */
export function tellFacts(holder, session) {
  const { project, activity, participant, source, skipped, state, delete_at: deleteAt } = session;
  const facts = [dateWords(session.started_at), clock(session.seconds), source, participant, project, activity];
  if (state === "interrupted") facts.push("cut off before it was stopped: its last second may be missing");
  if (skipped) facts.push(`${count(skipped, "frame")} skipped`);
  if (deleteAt) facts.push(`to be deleted after ${dateWords(deleteAt, false)}`);
  holder.textContent = facts.filter(Boolean).join(" · ");
  if (state === "recording") holder.prepend(element("span", { class: "recording" }, "Recording · "));
}

/** Write what it is for and who agreed, if that is known. @param {HTMLElement} holder */
export function tellNotes(holder, { purpose, consent }) {
  holder.textContent = [purpose && `Purpose: ${purpose}`, consent && `Consent: ${consent}`].filter(Boolean).join(" · ");
  holder.hidden = holder.textContent === "";
}
