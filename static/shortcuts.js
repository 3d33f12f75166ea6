/** Single keys for frequent actions; inactive while somebody types, a dialog is open, or they are switched off. */

import { dialogIsOpen } from "./dialogs.js";

const TAKES_KEYS = "input, select, textarea, button, a[href], summary, [contenteditable], [tabindex='0']";

/**
 * @param {Record<string, () => void>} actions by key, as KeyboardEvent.key gives it in lower case
 * @param {() => boolean} on whether shortcuts are active now
 */
export function listenToKeys(actions, on) {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key.toLowerCase()];
    if (!action || !on() || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (dialogIsOpen() || isBusy(event.target, event.key)) return;
    event.preventDefault();
    action();
  });
}

/** Letters belong to a focused input or list; the space bar also presses buttons and scrolls. */
function isBusy(target, key) {
  if (!(target instanceof Element)) return false;
  const takes = target.closest(TAKES_KEYS);
  if (!takes) return false;
  if (key === " ") return true;
  return takes.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
}
