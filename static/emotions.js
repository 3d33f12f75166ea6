/** The colours of the emotions, as the server tells them, and the words in which a sentence names each. */

/** @typedef {{name: string, colour: string}} Emotion */

export const UNSURE = "unsure";

const LOOKS = {
  angry: "looks angry",
  disgust: "shows disgust",
  fear: "looks afraid",
  happy: "looks happy",
  neutral: "looks neutral",
  sad: "looks sad",
  surprise: "looks surprised",
};

/** @type {Map<string, string>} */
const colours = new Map();

/** @param {Emotion[]} emotions as GET /api/sources lists them */
export function learnColours(emotions) {
  for (const { name, colour } of emotions) colours.set(name, colour);
}

/** @param {string} name @returns {string} "" until the server has told the colours: the style sheet then uses a grey */
export function colourOf(name) {
  return colours.get(name) ?? "";
}

/** @param {string} name @returns {string} "looks happy": what the face shows, never what somebody feels */
export function looks(name) {
  return LOOKS[name] ?? `shows ${name}`;
}

/** @param {number} share between 0 and 1 @returns {string} "82%" */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}
