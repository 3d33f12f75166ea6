/** Says in words what did not work; stays until it is dismissed or the next attempt succeeds. */

const box = document.getElementById("problem");
const words = document.getElementById("problem-text");

document.getElementById("problem-close").addEventListener("click", () => {
  clearProblem();
  document.getElementById("start-stop").focus();
});

/** @param {string} message */
export function showProblem(message) {
  words.textContent = message;
  box.hidden = false;
}

export function clearProblem() {
  box.hidden = true;
  words.textContent = "";
}
