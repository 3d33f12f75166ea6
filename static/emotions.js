/** The colours of the emotions and the words for them in a sentence, as the server sends them. */

/** @typedef {{name: string, colour: string, adjective: string}} Emotion */

export const UNSURE = "unsure";

/** @type {Map<string, Emotion>} */
const known = new Map();

/** @param {Emotion[]} emotions as GET /api/sources lists them */
export function learnEmotions(emotions) {
  for (const emotion of emotions) known.set(emotion.name, emotion);
}

/** @param {string} name @returns {string} "" until the server has sent the colours: the style sheet then uses a grey */
export function colourOf(name) {
  return known.get(name)?.colour ?? "";
}

/** @param {string} name @returns {string} "looks happy": what the face shows, never what somebody feels */
export function looks(name) {
  return known.has(name) ? `looks ${known.get(name).adjective}` : `shows ${name}`;
}

/** @param {number} share between 0 and 1 @returns {string} "82%" */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}
