/** Covers the picture when there is none, says why, and offers what can be done about it. */

const ACTION_WORDS = {
  start: "Start",
  retry: "Try again",
  demo: "Play the demo clip",
  choose: "Choose a source",
  look: "Try now",
};

export class Cover {
  #stage = document.getElementById("stage");
  #icon = document.getElementById("overlay-icon");
  #title = document.getElementById("overlay-title");
  #text = document.getElementById("overlay-text");
  #actions = document.getElementById("overlay-actions");
  #overlay = document.getElementById("overlay");
  #shown = "";

  /** @param {(action: string) => void} onAction a button over the picture was pressed */
  constructor(onAction) {
    this.onAction = onAction;
  }

  /** @param {import("./situation.js").Situation} situation */
  show(situation) {
    const key = JSON.stringify(situation);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#stage.dataset.situation = situation.name;
    this.#stage.dataset.veil = situation.veil;
    this.#stage.dataset.icon = situation.icon;
    this.#overlay.hidden = situation.veil === "none";
    this.#icon.setAttribute("href", `#icon-${situation.icon}`);
    this.#title.textContent = situation.title;
    this.#text.textContent = situation.text;
    this.#offer(situation.actions);
  }

  #offer(actions) {
    const had = this.#actions.contains(document.activeElement);
    this.#actions.replaceChildren(...actions.map((action, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.action = action;
      button.className = place === 0 ? "button primary" : "button";
      button.textContent = ACTION_WORDS[action];
      button.addEventListener("click", () => this.onAction(action));
      return button;
    }));
    // If the button that was pressed is gone, the focus moves to one that is always there.
    if (had) (this.#actions.querySelector("button") ?? document.getElementById("start-stop")).focus();
  }
}
