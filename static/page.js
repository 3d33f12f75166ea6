/** Puts the panels together: pictures bring their faces, a poll brings the rest, one order goes back. */

import { commandCamera, lookAt, readSources } from "./api.js";
import { Announcer } from "./announce.js";
import { OwnCamera } from "./browser.js";
import { Controls } from "./controls.js";
import { Cover } from "./cover.js";
import { openDialog, tieDialogs } from "./dialogs.js";
import { setText } from "./dom.js";
import { learnEmotions } from "./emotions.js";
import { Faces } from "./faces.js";
import { showFigures } from "./figures.js";
import { History } from "./history.js";
import { Jobs } from "./jobs.js";
import { Picture } from "./picture.js";
import { Playback } from "./playback.js";
import { Poll } from "./poll.js";
import { showProblem } from "./problems.js";
import { Questions } from "./questions.js";
import { tieScreen, toggleFullScreen } from "./screen.js";
import { Record } from "./record.js";
import { Resting } from "./resting.js";
import { Settings } from "./settings.js";
import { listenToKeys } from "./shortcuts.js";
import { Share } from "./share.js";
import { situationOf, situationWithout } from "./situation.js";
import { Source, resolutionOf } from "./source.js";
import { Strips } from "./strips.js";
import { UsePanel } from "./use.js";
import { tieViewersLink } from "./viewers.js";

const TITLE = document.title;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
/**
 * A card changes with every second picture, one of many with every fourth. The bars jump in such small steps: moved in
 * between by the style sheet, the browser would draw them sixty times a second.
 */
const CARDS_MS = 65;
const MANY_CARDS_MS = 125;
const MANY = 4;
const THUMBS_MS = 500;

const pill = document.getElementById("pill");
const pillText = document.getElementById("pill-text");
const notice = document.getElementById("notice");
const noticeText = document.getElementById("notice-text");
const spoken = document.getElementById("announcer");
const promise = document.getElementById("promise");
const boxesButton = document.getElementById("boxes-on");

/** Somebody else's camera, shared by this link: it can be watched but not controlled. */
const guestOf = new URLSearchParams(location.search).get("watch") ?? "";
const FOR_LOOKING = new Set(["b", "s", "f", "?"]);
lookAt(guestOf);
if (guestOf) document.body.setAttribute("data-looks-only", "");
/** A guest, or somebody who opened the link for viewers. */
const looksOnly = document.body.hasAttribute("data-looks-only");

const settings = new Settings();
const announcer = new Announcer();
const history = new History();
const strips = new Strips();
const record = new Record(() => poll.now());
const resting = new Resting(() => poll.now());
const playback = new Playback(() => poll.now());
const share = new Share();
const usePanel = new UsePanel();
const questions = new Questions(settings);
const cover = new Cover(act);
const faces = new Faces(pointAt);
const poll = new Poll(showState, showFailure);
const picture = new Picture({ onSeen: showSeen, onWords: () => poll.now(), onPoint: (person) => own.chosen || pointAt(person) });
const own = new OwnCamera({
  onChanged: () => {
    picture.standAside(own.chosen);
    poll.now();
  },
  onDevices: (devices) => source.offerOwn(devices),
  onSeen: showSeen,
  onPoint: pointAt,
  resolution: () => resolutionOf(settings.get("resolution")),
});
const controls = new Controls(
  (order) => (own.takes(order) ? own.obey(order) : commandCamera(order)),
  (order) => {
    if (order?.action === "start") announcer.expectAnswer();
    poll.now();
  },
  () => settings.get("boxes"),
);
const source = new Source(settings, async (order) => {
  const done = await controls.command({ action: "start", ...order });
  if (done) picture.renew();
  return done;
}, learnSources);

/** The newest state, for the pictures that come between two of them. */
let situation = null;
let sourceName = "";
let cardsAt = -Infinity;
let thumbsAt = -Infinity;

/**
 * @param {import("./picture.js").Seen} seen a picture about to be shown, with everybody in it
 * @returns {object[]} the same faces with the figures of their cards: a box and its card never disagree
 */
function showSeen(seen) {
  // A lost camera's last picture is repeated: nobody is in view any more.
  if (situation?.veil !== "none") return seen.faces;
  const now = performance.now();
  const pauseMs = seen.faces.length < MANY ? CARDS_MS : MANY_CARDS_MS;
  if (now - cardsAt >= pauseMs || faces.differ(seen.faces)) {
    cardsAt = now;
    showPeople(seen.faces);
    if (now - thumbsAt >= THUMBS_MS) {
      thumbsAt = now;
      faces.showThumbs(seen.picture, seen.faces, seen);
    }
  }
  return faces.asShown(seen.faces);
}

function showPeople(people) {
  const seconds = performance.now() / 1000;
  faces.show(people, nobodyWords(situation), seconds);
  if (history.add(people, seconds)) {
    faces.showStrips(history, seconds);
    if (settings.get("strips")) strips.show(history, seconds, people);
  }
  speak(picture.full ?? situation, people);
}

function showState(answer) {
  const state = own.describe(answer);
  if (state.source.name !== sourceName) history.clear();
  sourceName = state.source.name;
  showSituation(situationOf(state));
  controls.show(state, picture.showing);
  showFigures(state);
  source.show(state);
  share.show(own.liveId);
  faces.groupFirst = own.screen;
  resting.show(state);
  playback.show(state);
  questions.show(state);
  showRecording(state);
  const flowing = picture.flowing || own.flowing;
  if (!flowing || situation.veil !== "none") showPeople(state.faces);
  poll.relaxed = flowing;
}

function showFailure(error) {
  if (own.connected && error.status === 404) return; // the server was started anew: the camera finds that out itself
  showSituation(situationWithout(error));
  controls.show(null, false);
  showFigures(null);
  resting.show(null);
  playback.show(null);
  questions.show(null);
  showRecording(null);
  showPeople([]);
}

function showSituation(now) {
  situation = now;
  picture.show(now);
  const seen = picture.full ?? now;
  cover.show(seen);
  showStatus(seen);
  showNotice(now);
}

function showStatus({ pill: words, tone }) {
  pill.dataset.tone = tone;
  setText(pillText, words);
}

function showRecording(state) {
  record.show(state, state?.faces.length ?? 0);
  usePanel.show(record.recording && !looksOnly);
  const status = situation.name === "live" ? "" : situation.pill;
  const title = [record.title, status, TITLE].filter(Boolean).join(" \u2013 ");
  if (document.title !== title) document.title = title;
  setText(promise, promiseWords());
}

function promiseWords() {
  const where = whereWords();
  return `${where} ${record.recording ? "Numbers are being recorded, no pictures." : "Nothing is recorded."}`;
}

function whereWords() {
  if (guestOf) return "The picture comes from the person who gave you this link.";
  if (share.shared) return "The picture also goes to everyone who has your link.";
  if (LOOPBACK.includes(location.hostname)) return "Nothing leaves this computer.";
  if (own.chosen) return "The picture goes only from this device to the computer that runs this program.";
  return "The picture goes only from the computer with the camera to the viewers of this page.";
}

/** While a picture is shown, the server's message stands below it instead of over it. */
function showNotice({ veil, message }) {
  const words = veil === "none" ? message : "";
  setText(noticeText, words);
  notice.hidden = words === "";
}

function nobodyWords({ name, veil }) {
  if (veil === "none") return "No face in the picture. Look towards the camera, with light from the front.";
  return name === "starting" ? "Nobody to see yet." : "No faces while there is no picture.";
}

function speak(now, people) {
  const words = announcer.update(now, people, performance.now() / 1000);
  // A screen reader does not repeat words that have not changed.
  if (words) spoken.textContent = words === spoken.textContent ? `${words}\u00a0` : words;
}

/** @param {number | null} person whose card or box is pointed at */
function pointAt(person) {
  picture.boxes.highlight(person);
  own.boxes.highlight(person);
  faces.highlight(person);
}

/** @param {string} action of a button over the picture */
function act(action) {
  if (action === "choose") source.open();
  else if (action === "demo") controls.command({ action: "start", source: "demo" });
  else if (action === "look") { picture.renew(); poll.now(); }
  else controls.command({ action: "start" });
}

let asked = 0;

/** Two requests may be under way: the answer to the newer one counts, whichever comes last. */
async function learnSources(probe = false) {
  const number = asked += 1;
  try {
    const lists = await readSources(probe);
    learnEmotions(lists.emotions ?? []);
    if (number === asked) source.offer(lists, probe);
    return lists;
  } catch (error) {
    showProblem(`Could not load the camera list. ${error.message}`);
    return null;
  }
}

function showSettings() {
  for (const boxes of [picture.boxes, own.boxes]) boxes.setVisible(settings.get("boxes"));
  boxesButton.setAttribute("aria-pressed", String(settings.get("boxes")));
  document.body.toggleAttribute("data-without-strips", !settings.get("strips"));
}

function toggleBoxes() {
  settings.set("boxes", !settings.get("boxes"));
}

tieDialogs();
tieScreen();
tieViewersLink();
settings.addEventListener("change", showSettings);
showSettings();
boxesButton.addEventListener("click", toggleBoxes);

if (!looksOnly) new Jobs();

const keys = {
  " ": () => controls.startOrStop(),
  m: () => controls.mirror(),
  r: () => record.startOrStop(),
  k: () => record.mark(),
  b: toggleBoxes,
  s: () => controls.save(),
  c: () => source.open(),
  q: () => questions.toggle(),
  f: toggleFullScreen,
  p: () => playback.pauseOrPlay(),
  l: () => playback.loop(),
  ",": () => playback.step(-1),
  ".": () => playback.step(1),
  "?": () => openDialog("keys"),
};
if (looksOnly) for (const key of Object.keys(keys).filter((one) => !FOR_LOOKING.has(one))) delete keys[key];
listenToKeys(keys, () => settings.get("keys"));

// The colours first: a card painted without them would stay grey.
learnSources().finally(() => poll.now());
