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

/** @param {number} seconds @returns {string} "0:07", "12:40", "1:02:03" */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  const [minutes, rest] = parts.map((part) => String(part).padStart(2, "0"));
  return hours ? `${hours}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

/** @param {number} seconds @returns {string} how the title of every tab begins while something is recorded */
export function recordingTitle(seconds) {
  return `\u25cf Recording ${clock(seconds)}`;
}
