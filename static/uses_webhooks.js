/** Who else is told of incidents: receivers, what is waiting for them, and the log of deliveries. */

import { ApiError } from "./api.js";
import { element } from "./charts.js";
import { setText } from "./dom.js";
import { addWebhook, deleteWebhook, listDeliveries, listWebhooks, testWebhook } from "./uses_api.js";
import { Kept, button, checkbox, field, group, row, table, trying } from "./uses_parts.js";
import { count } from "./words.js";

const MOST_DELIVERIES = 20;

const ABOUT =
  "Incidents can be sent to other programs, signed as standardwebhooks.com describes: their time, the rule and its " +
  "shares, no picture. Only the owner of this machine can say where to.";

export class Webhooks {
  #list = element("ul", { class: "receivers" });
  #log = table("Deliveries", ["When", "To", "What happened"]);
  #line = element("p", { class: "use-problem", role: "status" });
  #kept = new Kept(this.#list, (webhook) => new Receiver(webhook, (work) => this.#try(work)));
  #logged = "";

  constructor() {
    const url = element("input", { type: "url", required: "", placeholder: "https://example.org/hook" });
    const inside = checkbox("It is on this machine or network, and it is mine");
    const add = element("button", { type: "submit", class: "button" }, "Add");
    const form = element("form", { class: "webhook-form" }, field("Address of the receiver", url), inside.label, add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(async () => {
        await addWebhook({ url: url.value, private_allowed: inside.box.checked });
        form.reset();
      });
    });
    const summary = element("summary", {}, "Webhooks: tell other programs");
    const log = element("h4", {}, "Deliveries");
    const about = element("p", { class: "help" }, ABOUT);
    const parts = [summary, about, this.#list, form, this.#line, log, this.#log.element];
    this.element = element("details", { class: "use-more" }, ...parts);
    this.element.addEventListener("toggle", () => this.refresh());
  }

  /** Requests nothing while it is folded away. */
  async refresh() {
    if (!this.element.open) return;
    let [webhooks, deliveries] = [[], []];
    try {
      [webhooks, deliveries] = await Promise.all([listWebhooks(), listDeliveries()]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(this.#line, error.message);
      return;
    }
    this.#kept.show(webhooks);
    this.#showLog(deliveries.slice(0, MOST_DELIVERIES), new Map(webhooks.map(({ id, url }) => [id, url])));
  }

  #showLog(deliveries, urls) {
    const newest = JSON.stringify(deliveries);
    if (newest === this.#logged) return;
    this.#logged = newest;
    const rows = deliveries.map((one) => row([timeOf(one), urls.get(one.webhook) ?? "", outcomeOf(one)]));
    const nothing = element("tr", {}, element("td", { colspan: "3" }, "Nothing has been sent yet."));
    this.#log.body.replaceChildren(...(rows.length ? rows : [nothing]));
  }

  async #try(work) {
    await trying(this.#line, work);
    await this.refresh();
  }
}

function timeOf({ tried_at: seconds }) {
  return new Date(seconds * 1000).toLocaleTimeString();
}

function outcomeOf({ problem, status, milliseconds }) {
  return problem || `arrived (${status}) in ${Math.round(milliseconds)} ms`;
}

/** One receiver: its address, its state, its secret, and a button to delete it. */
class Receiver {
  #standing = element("p", { class: "help" });

  constructor({ id, url, secret }, attempt) {
    const name = element("strong", {}, url);
    const summary = element("summary", {}, "Signing secret");
    const shown = element("details", {}, summary, element("code", {}, secret));
    const test = button("Send a test", () => attempt(() => this.#test(id, url)));
    test.setAttribute("aria-label", `Send a test to ${url}`);
    const remove = button("Delete", () => attempt(() => deleteWebhook(id)));
    remove.setAttribute("aria-label", `Delete ${url}`);
    this.element = element("li", {}, name, this.#standing, shown, group("use-tools", test, remove));
  }

  async #test(id, url) {
    await testWebhook(id);
    return `A test is on its way to ${url}; the log says whether it arrived.`;
  }

  show({ waiting, problem }) {
    const late = waiting ? `${count(waiting, "message")} waiting, to be tried again. ` : "";
    setText(this.#standing, `${late}${problem}` || "Everything has arrived.");
    this.element.toggleAttribute("data-problem", problem !== "");
  }
}
