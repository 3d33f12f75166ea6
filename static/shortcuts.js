/** Single keys for what is done often; silent while somebody types, and to be switched off for good. */

const REMEMBERED = "keys";
const TAKES_KEYS = "input, select, textarea, button, a[href], summary, [contenteditable], [tabindex='0']";

/** @param {Record<string, () => void>} actions by key, as KeyboardEvent.key gives it in lower case */
export function listenToKeys(actions) {
  const box = document.getElementById("keys-on");
  box.checked = recall() !== "off";
  box.addEventListener("change", () => remember(box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key.toLowerCase()];
    if (!action || !box.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isBusy(event.target, event.key)) return;
    event.preventDefault();
    action();
  });
}

/** A letter is for whoever types or picks from a list; the space bar also presses or scrolls what has the focus. */
function isBusy(target, key) {
  if (!(target instanceof Element)) return false;
  const takes = target.closest(TAKES_KEYS);
  if (!takes) return false;
  if (key === " ") return true;
  return takes.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
}

/** A browser may forbid storage; the keys then simply start switched on. */
function recall() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(value) {
  try {
    localStorage.setItem(REMEMBERED, value);
  } catch {
    // Nothing is lost but the memory of this one choice.
  }
}
