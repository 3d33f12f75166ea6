/** Words that several pages share. */

/** @param {string} iso @returns {string} "25 Nov 2026, 18:03" in the reader's locale */
export function dateWords(iso, withTime = true) {
  const options = { dateStyle: "medium", ...(withTime ? { timeStyle: "short" } : {}) };
  return new Intl.DateTimeFormat(undefined, options).format(new Date(iso));
}

/** @param {number} number @param {string} one @returns {string} "1 change", "2 changes" */
export function count(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}
