/** Decides what a screen reader says: what lasts, not what flickers, and no more than anyone can listen to. */

import { tallyWords } from "./crowd.js";
import { sentenceFor } from "./faces.js";

const LASTS_SECONDS = 1.5;
const GONE_SECONDS = 2;
const BETWEEN_SECONDS = 4;
const ONE_BY_ONE = 3;
const LOOKING = new Set(["live", "demo", "full"]);

/** Time is an argument, so that a minute of a session is a test of a millisecond. */
export class Announcer {
  /** @type {Map<number, {emotion: string, since: number, seen: number, told: string}>} */
  #people = new Map();
  #situation = "";
  #situationSince = 0;
  #situationTold = "";
  #toldAt = -Infinity;
  #anybodyTold = false;

  /**
   * @param {import("./situation.js").Situation} situation
   * @param {object[]} faces
   * @param {number} seconds any clock that only runs forward
   * @returns {string} the words to speak now, or ""
   */
  update(situation, faces, seconds) {
    this.#note(faces, seconds);
    return this.#aboutSituation(situation, seconds) || this.#aboutPeople(situation, faces, seconds);
  }

  /** A button was pressed: the outcome is announced, even where nothing has changed. */
  expectAnswer() {
    this.#situationTold = "";
  }

  #note(faces, seconds) {
    for (const face of faces) {
      const known = this.#people.get(face.person);
      if (!known) {
        this.#people.set(face.person, { emotion: face.emotion, since: seconds, seen: seconds, told: "" });
        continue;
      }
      known.seen = seconds;
      if (known.emotion === face.emotion) continue;
      known.emotion = face.emotion;
      known.since = seconds;
    }
    for (const [person, known] of this.#people) {
      if (seconds - known.seen >= GONE_SECONDS) this.#people.delete(person);
    }
  }

  #aboutSituation(situation, seconds) {
    // Every attempt to reopen a lost camera may report another reason; saying once that it is lost is enough.
    const key = situation.name === "reconnecting" ? situation.name : `${situation.name}: ${situation.text}`;
    if (key !== this.#situation) {
      this.#situation = key;
      this.#situationSince = seconds;
    }
    const lasting = seconds - this.#situationSince >= LASTS_SECONDS / 2;
    if (!lasting || this.#situation === this.#situationTold) return "";
    this.#situationTold = this.#situation;
    this.#toldAt = seconds;
    return `${sentence(situation.title)} ${situation.text}`.trim();
  }

  #aboutPeople(situation, faces, seconds) {
    if (!LOOKING.has(situation.name)) {
      // "No picture" was just said; "nobody in the picture" would sound as if there were one.
      this.#anybodyTold = false;
      return "";
    }
    if (seconds - this.#toldAt < BETWEEN_SECONDS) return "";
    if (this.#people.size === 0) return this.#everybodyLeft(seconds);
    const news = faces.filter((face) => {
      const known = this.#people.get(face.person);
      return known.told !== known.emotion && seconds - known.since >= LASTS_SECONDS;
    });
    if (news.length === 0) return "";
    for (const face of news) this.#people.get(face.person).told = face.emotion;
    this.#toldAt = seconds;
    this.#anybodyTold = true;
    return news.length <= ONE_BY_ONE ? news.map((face) => `${sentenceFor(face)}.`).join(" ") : summary(faces);
  }

  #everybodyLeft(seconds) {
    if (!this.#anybodyTold) return "";
    this.#anybodyTold = false;
    this.#toldAt = seconds;
    return "Nobody in the picture.";
  }
}

function sentence(words) {
  return words.endsWith(".") ? words : `${words}.`;
}

function summary(faces) {
  return `${faces.length} faces: ${tallyWords(faces)}.`;
}
