/** Puts the panels together: one poll of the state feeds them all, one order goes back. */

import { commandCamera, readSources } from "./api.js";
import { Announcer } from "./announce.js";
import { OwnCamera } from "./browser.js";
import { Controls } from "./controls.js";
import { learnColours } from "./emotions.js";
import { Faces } from "./faces.js";
import { showFigures } from "./figures.js";
import { Picture } from "./picture.js";
import { Poll } from "./poll.js";
import { showProblem } from "./problems.js";
import { listenToKeys } from "./shortcuts.js";
import { situationOf, situationWithout } from "./situation.js";
import { Source } from "./source.js";

const TITLE = document.title;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

const pill = document.getElementById("pill");
const pillText = document.getElementById("pill-text");
const notice = document.getElementById("notice");
const noticeText = document.getElementById("notice-text");
const spoken = document.getElementById("announcer");

const announcer = new Announcer();
const faces = new Faces();
const poll = new Poll(showState, showFailure);
const own = new OwnCamera({
  onChanged: () => {
    picture.standAside(own.chosen);
    poll.now();
  },
  onDevices: (devices) => source.offerOwn(devices),
});
const controls = new Controls((order) => (own.takes(order) ? own.obey(order) : commandCamera(order)), (order) => {
  if (order?.action === "start") announcer.expectAnswer();
  poll.now();
});
const source = new Source(async (order) => {
  const done = await controls.command({ action: "start", ...order });
  if (done) picture.renew();
  return done;
}, learnSources);
const picture = new Picture(act);

function showState(answer) {
  const state = own.describe(answer);
  const situation = situationOf(state);
  picture.show(situation);
  const seen = picture.full ?? situation;
  showStatus(seen);
  showNotice(situation);
  controls.show(state, picture.showing);
  showFigures(state);
  source.show(state);
  faces.show(state.faces, nobodyWords(situation));
  speak(seen, state.faces);
}

function showFailure(error) {
  if (own.connected && error.status === 404) return; // the server was started anew: the camera finds that out itself
  const situation = situationWithout(error);
  picture.show(situation);
  showStatus(situation);
  showNotice(situation);
  controls.show(null, false);
  showFigures(null);
  faces.show([], nobodyWords(situation));
  speak(situation, []);
}

function showStatus(situation) {
  if (pillText.textContent === situation.pill && pill.dataset.tone === situation.tone) return;
  pill.dataset.tone = situation.tone;
  pillText.textContent = situation.pill;
  document.title = situation.name === "live" ? TITLE : `${situation.pill} \u2013 ${TITLE}`;
}

/** While a picture is shown, what the server has to say stands below it instead of over it. */
function showNotice(situation) {
  const words = situation.veil === "none" ? situation.message || demoWords(situation) : "";
  if (noticeText.textContent !== words) noticeText.textContent = words;
  notice.hidden = words === "";
}

function demoWords(situation) {
  return situation.name === "demo" ? "This is the demo clip, not a camera." : "";
}

function nobodyWords(situation) {
  if (situation.veil === "none") return "No face in the picture. Look towards the camera, with light from the front.";
  return situation.name === "starting" ? "Nobody to see yet." : "No faces while there is no picture.";
}

function speak(situation, people) {
  const words = announcer.update(situation, people, performance.now() / 1000);
  // A screen reader passes over words that it has just read.
  if (words) spoken.textContent = words === spoken.textContent ? `${words}\u00a0` : words;
}

/** @param {string} action of a button over the picture */
function act(action) {
  if (action === "choose") source.open();
  else if (action === "demo") controls.command({ action: "start", source: "demo" });
  else if (action === "look") { picture.renew(); poll.now(); }
  else controls.command({ action: "start" });
}

async function learnSources(probe = false) {
  try {
    const lists = await readSources(probe);
    learnColours(lists.emotions ?? []);
    source.offer(lists);
  } catch (error) {
    showProblem(`The list of cameras did not come. ${error.message}`);
  }
}

function showKeys() {
  const keys = document.getElementById("keys");
  keys.open = true;
  keys.querySelector("summary").focus();
}

for (const details of document.querySelectorAll("details")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.scrollIntoView({ block: "nearest" });
  });
}
if (!LOOPBACK.includes(location.hostname)) {
  document.getElementById("promise").textContent =
    "Nothing is recorded. The picture goes from the computer with the camera to the viewers of this page only.";
}

listenToKeys({
  " ": () => controls.startOrStop(),
  m: () => controls.mirror(),
  s: () => controls.save(),
  c: () => source.open(),
  "?": showKeys,
});

// The colours first: a card that was painted without them would stay grey.
learnSources().finally(() => poll.now());
