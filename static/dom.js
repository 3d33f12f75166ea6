/** Small things that every panel does with the page. */

/** @param {string} tag @param {string} [className] @param {string} [text] @returns {HTMLElement} */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Writes only if the text has changed: untouched elements cost nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} seconds @returns {string} "0:07", "12:40", "1:02:03": whole seconds, or tenths, that are over */
export function clock(seconds, tenths = false) {
  const over = Math.max(0, tenths ? Math.floor(seconds * 10 + 1e-6) / 10 : Math.floor(seconds + 1e-6));
  const hours = Math.floor(over / 3600);
  const minutes = Math.floor(over / 60) % 60;
  const rest = (over % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** @param {number} seconds @returns {string} how the title of every tab begins while something is recorded */
export function recordingTitle(seconds) {
  return `\u25cf Recording ${clock(seconds)}`;
}
