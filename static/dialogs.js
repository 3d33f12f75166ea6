/** Dialogs over the page: a button opens each, and Cancel, Escape or a click beside it closes it. */

/** Ties every `[data-opens]` button to its dialog and every `[data-closes]` button to the one around it. */
export function tieDialogs() {
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => openDialog(button.dataset.opens));
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-closes]")) dialog.close();
    });
  }
}

/** @param {string} id */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog.open) dialog.showModal();
}

/** @returns {boolean} whether one is open, over everything else */
export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}
