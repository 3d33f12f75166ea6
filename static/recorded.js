/** On the pages that show no camera: whether something is recorded, since every tab says so. */

import { readRecordings } from "./api.js";
import { clock, setText } from "./dom.js";

const AGAIN_MS = 2000;
const TITLE_MARK = /^\u25cf Recording [\d:]+ \u2013 /;

const pill = document.getElementById("recorded");
const words = document.getElementById("recorded-words");

/** @param {object[]} recordings as GET /api/recordings tells them */
function show(recordings) {
  const [first] = recordings;
  const title = document.title.replace(TITLE_MARK, "");
  document.title = first ? `\u25cf Recording ${clock(first.seconds)} \u2013 ${title}` : title;
  pill.hidden = !first;
  if (!first) return;
  const more = recordings.length > 1 ? ` and ${recordings.length - 1} more` : "";
  setText(words, `Recording ${clock(first.seconds)} ${first.name}${more}`.trim());
}

async function look() {
  let recordings = [];
  try {
    recordings = await readRecordings();
  } catch {
    // That the server does not answer, the page says at the next thing that it asks for; a recording is not claimed.
  }
  show(recordings);
  setTimeout(look, AGAIN_MS);
}

look();
