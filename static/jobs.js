/** Videos, pictures and folders to analyse: dropped on the page, followed here, their reports opened in place. */

import { ApiError, ask } from "./api.js";
import { make, setText } from "./dom.js";
import { chosenFiles, droppedFiles } from "./dropped.js";
import { clearProblem, showProblem } from "./problems.js";
import { sendFiles } from "./upload.js";

const KEPT = "jobs";
const ASK_MS = 1000;
const ENDED = new Set(["done", "failed", "cancelled"]);

export class Jobs {
  #panel = document.getElementById("jobs");
  #list = document.getElementById("jobs-list");
  #drop = document.getElementById("jobs-drop");
  #reader = document.getElementById("report");
  /** @type {Map<string, Row>} by the job's id */
  #rows = new Map();

  constructor() {
    for (const input of this.#panel.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        this.#order(chosenFiles(input.files));
        input.value = "";
      });
    }
    for (const kind of ["dragenter", "dragover"]) {
      document.addEventListener(kind, (event) => this.#hover(event));
    }
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.#drop.removeAttribute("data-over");
    });
    document.addEventListener("drop", (event) => this.#dropped(event));
    document.getElementById("report-close").addEventListener("click", () => this.#reader.close());
    this.#reader.addEventListener("close", () => { this.#reader.querySelector("iframe").src = "about:blank"; });
    for (const id of kept()) this.#follow(id);
  }

  #hover(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.#panel.open = true;
    this.#drop.toggleAttribute("data-over", true);
  }

  async #dropped(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.#drop.removeAttribute("data-over");
    await this.#order(await droppedFiles(event.dataTransfer));
  }

  /** @param {import("./dropped.js").Dropped[]} files */
  async #order(files) {
    if (files.length === 0) {
      showProblem("Nothing was chosen, or only empty files. Choose a video, pictures or a folder.");
      return;
    }
    try {
      const row = this.#interrupted(files) ?? await this.#announce(files);
      clearProblem();
      row.send(files.map(({ file }) => file));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showProblem(`The files were not sent. ${error.message}`);
    }
  }

  /** A job whose upload was cut off by closing the page and that has exactly these files. */
  #interrupted(files) {
    const wanted = JSON.stringify(files.map(({ name, file }) => [name, file.size]));
    return [...this.#rows.values()].find((row) => row.waitsFor === wanted);
  }

  async #announce(files) {
    const answer = await ask("/api/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ files: files.map(({ name, file }) => ({ name, size: file.size })) }),
    });
    const job = await answer.json();
    keep([...kept(), job.id]);
    this.#panel.open = true;
    return this.#follow(job.id, job);
  }

  #follow(id, job = null) {
    const row = new Row(id, {
      onRead: (name, address) => this.#read(name, address),
      onGone: () => {
        keep(kept().filter((known) => known !== id));
        this.#rows.delete(id);
      },
    });
    this.#rows.set(id, row);
    this.#list.prepend(row.element);
    if (job) row.show(job);
    row.ask();
    return row;
  }

  #read(name, address) {
    document.getElementById("report-title").textContent = name;
    document.getElementById("report-open").href = address;
    this.#reader.querySelector("iframe").src = address;
    this.#reader.showModal();
  }
}

/** One job: what it is, how far it has got, what came of it. */
class Row {
  element = document.createElement("li");
  #id;
  #handlers;
  #title = make("strong");
  #words = make("p", "job-words");
  #progress = make("progress");
  #outcomes = make("ul", "job-outcomes");
  #cancel = button("Cancel");
  #delete = button("Delete");
  #job = null;
  #sent = 0;
  #stop = new AbortController();
  #sending = false;

  constructor(id, handlers) {
    this.#id = id;
    this.#handlers = handlers;
    this.element.className = "job";
    const head = make("div", "job-head");
    head.append(this.#title, this.#cancel, this.#delete);
    this.element.append(head, this.#progress, this.#words, this.#outcomes);
    this.#cancel.addEventListener("click", () => this.#command({
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ action: "cancel" }),
    }));
    this.#delete.addEventListener("click", () => this.#command({ method: "DELETE" }));
  }

  /** @returns {string} names and sizes of the files with which an interrupted upload can continue */
  get waitsFor() {
    if (this.#job?.status !== "uploading" || this.#sending) return "";
    return JSON.stringify(this.#job.files.map(({ name, size }) => [name, size]));
  }

  async send(files) {
    this.#sending = true;
    try {
      await sendFiles(this.#id, files, (sent) => {
        this.#sent = sent;
        if (this.#job) this.show(this.#job);
      }, this.#stop.signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!this.#stop.signal.aborted) showProblem(`The upload stopped. ${error.message}`);
    } finally {
      this.#sending = false;
    }
  }

  /** Until it has ended, then once more. */
  async ask() {
    let job;
    try {
      job = await (await ask(`/api/jobs/${this.#id}`)).json();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) this.#gone();
      else setTimeout(() => this.ask(), 3 * ASK_MS);
      return;
    }
    this.show(job);
    if (!ENDED.has(job.status) && this.element.isConnected) setTimeout(() => this.ask(), ASK_MS);
  }

  show(job) {
    this.#job = job;
    this.element.dataset.status = job.status;
    setText(this.#title, job.files.length === 1 ? job.files[0].name : `${job.files.length} files`);
    const ended = ENDED.has(job.status);
    this.#cancel.hidden = ended;
    this.#delete.hidden = !ended;
    this.#progress.hidden = ended;
    this.#progress.max = 1;
    this.#progress.value = job.status === "uploading" ? this.#sentShare(job) : job.share;
    this.#progress.setAttribute("aria-label", "Progress");
    setText(this.#words, this.#describe(job));
    const key = JSON.stringify(job.outcomes);
    if (this.#outcomes.dataset.key === key) return;
    this.#outcomes.dataset.key = key;
    this.#outcomes.replaceChildren(...job.outcomes.map((outcome) => this.#outcome(outcome)));
  }

  #describe(job) {
    const until = new Date(job.kept_until * 1000).toLocaleDateString();
    switch (job.status) {
      case "uploading":
        return this.#sending || this.#sentShare(job) === 1
          ? `Sending, ${percent(this.#sentShare(job))}.`
          : "The upload was interrupted. Choose the same files again to continue it.";
      case "waiting": return "Waiting for its turn.";
      case "running": return `Working, ${percent(job.share)}${left(job.seconds_left)}.`;
      case "failed": return `${job.error} What was sent is deleted.`;
      case "cancelled": return "Cancelled. What was sent is deleted.";
      default: return job.outcomes.every(({ report }) => !report)
        ? "Nothing could be analysed. What was sent is deleted."
        : `Done. What was sent is deleted; the results are deleted on ${until}, or when you say so.`;
    }
  }

  #sentShare(job) {
    const whole = job.files.reduce((sum, { size }) => sum + size, 0);
    const there = Math.max(this.#sent, job.files.reduce((sum, { received }) => sum + received, 0));
    return whole ? there / whole : 0;
  }

  #outcome({ name, report, error }) {
    const item = make("li");
    if (!report) {
      item.textContent = error.includes(name) ? error : `${name}: ${error}`;
      return item;
    }
    const read = button(`Report: ${name}`);
    read.addEventListener("click", () => {
      this.#handlers.onRead(name, `/api/jobs/${this.#id}/results/${report.split("/").map(encodeURIComponent).join("/")}`);
    });
    item.append(read);
    return item;
  }

  async #command(options) {
    this.#stop.abort();
    try {
      await ask(`/api/jobs/${this.#id}`, options);
      clearProblem();
      await this.ask();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showProblem(error.message);
    }
  }

  #gone() {
    this.element.remove();
    this.#handlers.onGone();
  }
}

/** Only this browser knows which jobs are its own. */
function kept() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => /^[\w-]+$/.test(id)) : [];
  } catch {
    return [];  // no storage in this browser, or not ours
  }
}

function keep(ids) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(ids));
  } catch {
    // No storage: the jobs are known until the page closes.
  }
}

function left(seconds) {
  if (seconds === null) return "";
  if (seconds < 90) return `, ${Math.ceil(seconds)} s left`;
  return `, ${Math.round(seconds / 60)} min left`;
}

function percent(share) {
  return `${Math.floor(100 * share)}%`;
}

function button(words) {
  const element = make("button", "button");
  element.type = "button";
  element.textContent = words;
  return element;
}
