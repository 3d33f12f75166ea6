/** What this browser remembers of the user's choices. */

const REMEMBERED = "settings";
const DEFAULTS = { boxes: true, strips: true, keys: true, questions: "", resolution: "640x480" };

export class Settings extends EventTarget {
  #values = { ...DEFAULTS, ...recall() };

  /** Ties every `[data-setting]` checkbox of the page to the setting of that name. */
  constructor() {
    super();
    for (const box of document.querySelectorAll("[data-setting]")) {
      box.checked = this.get(box.dataset.setting);
      box.addEventListener("change", () => this.set(box.dataset.setting, box.checked));
    }
  }

  /** @param {keyof DEFAULTS} name @returns {boolean | string} */
  get(name) {
    return this.#values[name];
  }

  /** @param {keyof DEFAULTS} name @param {boolean | string} value; fires the event "change" */
  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    for (const box of document.querySelectorAll(`[data-setting="${name}"]`)) box.checked = value;
    remember(this.#values);
    this.dispatchEvent(new Event("change"));
  }
}

/** A browser may forbid storage, and what is stored may come from an older page: then the defaults apply. */
function recall() {
  try {
    const found = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
    return Object.fromEntries(Object.entries(found).filter(([name, value]) => typeof value === typeof DEFAULTS[name]));
  } catch {
    return {};
  }
}

function remember(values) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(values));
  } catch {
    // Only this one choice is not remembered.
  }
}
