/** On the pages that show no camera: whether something is recorded, since every tab says so. */

import { ApiError, readRecordings } from "./api.js";
import { clock, recordingTitle, setText } from "./dom.js";

const AGAIN_MS = 2000;

const pill = document.getElementById("recorded");
const words = document.getElementById("recorded-words");
let mark = ""; // what stands before the page's own title

/** @param {object[]} recordings as GET /api/recordings tells them */
function show(recordings) {
  const [first] = recordings;
  const title = document.title.startsWith(mark) ? document.title.slice(mark.length) : document.title;
  mark = first ? `${recordingTitle(first.seconds)} \u2013 ` : "";
  document.title = mark + title;
  pill.hidden = !first;
  if (!first) return;
  const more = recordings.length > 1 ? ` and ${recordings.length - 1} more` : "";
  setText(words, `Recording ${clock(first.seconds)} ${first.name}${more}`.trim());
}

async function look() {
  try {
    show(await readRecordings());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    show([]); // without an answer no recording is claimed; the next thing that the page asks for says why
  } finally {
    setTimeout(look, AGAIN_MS);
  }
}

look();
