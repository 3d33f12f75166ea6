/** Lets others watch this device's camera by a link; says who can, keeps that plain to see, and ends it. */

import { ApiError, shareBrowser, stopSharingBrowser } from "./api.js";
import { openDialog } from "./dialogs.js";
import { setText } from "./dom.js";
import { clearProblem, showProblem } from "./problems.js";

const HERE_ONLY = ["localhost", "127.0.0.1", "[::1]"];

export class Share {
  #button = document.getElementById("share-open");
  #dialog = document.getElementById("share");
  #pill = document.getElementById("shared-pill");
  #link = document.getElementById("share-link");
  #field = document.getElementById("share-field");
  #begin = document.getElementById("share-begin");
  #end = document.getElementById("share-end");
  #said = document.getElementById("share-said");
  #id = "";
  /** The page's address for others; if the program asks for a token, it contains the viewers' one. */
  #page = document.getElementById("viewers-link")?.value ?? `${location.origin}/`;

  constructor() {
    document.getElementById("share-here").hidden = !HERE_ONLY.includes(new URL(this.#page).hostname);
    this.#button.addEventListener("click", () => openDialog("share"));
    this.#begin.addEventListener("click", () => this.#order(async (id) => this.#show(await shareBrowser(id))));
    this.#end.addEventListener("click", () => this.#order(async (id) => {
      await stopSharingBrowser(id);
      this.#show("");
      setText(this.#said, "The link no longer works. Nobody else sees this camera any more.");
      this.#begin.focus();
    }));
    document.getElementById("share-copy").addEventListener("click", () => this.#copy());
  }

  /** @returns {boolean} whether somebody else may watch */
  get shared() {
    return !this.#pill.hidden;
  }

  /** @param {string} id of this device's camera while it is live, else "": a link ends with its session */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#button.hidden = !id;
    this.#show("");
    if (!id) this.#dialog.close();
  }

  /** @param {string} source that others may watch, or "" */
  #show(source) {
    this.#link.value = source && this.#address(source);
    this.#field.hidden = this.#end.hidden = this.#pill.hidden = !source;
    this.#begin.hidden = Boolean(source);
    setText(this.#said, "");
    if (source) this.#link.focus();
    this.#link.select();
  }

  #address(source) {
    const address = new URL(this.#page);
    address.searchParams.set("watch", source);
    return address.href;
  }

  async #copy() {
    this.#link.select();
    try {
      await navigator.clipboard.writeText(this.#link.value);
      setText(this.#said, "Copied.");
    } catch {
      setText(this.#said, "The browser does not let this page copy. The link is selected: copy it yourself.");
    }
  }

  async #order(order) {
    const id = this.#id;
    try {
      await order(id);
      clearProblem();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#dialog.close();
      showProblem(error.message);
    }
  }
}
