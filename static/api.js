/** The page's questions to the server; every failure arrives as an ApiError whose message a person can read. */

const PATIENCE_MS = 5000;

export class ApiError extends Error {
  /**
   * @param {string} message words for a person
   * @param {number} status the HTTP status, or 0 where no answer came at all
   * @param {number} retryAfterSeconds what the server asked for, or 0
   */
  constructor(message, status = 0, retryAfterSeconds = 0) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** @returns {Promise<object>} the state of the live session: GET /api/state */
export async function readState() {
  return (await ask("/api/state")).json();
}

/**
 * @param {boolean} probe whether to open each camera number for a moment, where the system cannot list them
 * @returns {Promise<object>} cameras, detectors, emotions: GET /api/sources
 */
export async function readSources(probe = false) {
  return (await ask(probe ? "/api/sources?probe=1" : "/api/sources", { patience: 20000 })).json();
}

/** @param {object} order e.g. {action: "start", source: "0"} */
export async function commandCamera(order) {
  const answer = await ask("/api/camera", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
    // Opening a network camera may take longer than any other answer.
    patience: 20000,
  });
  return answer.json();
}

/** @returns {Promise<Blob>} the newest picture: GET /snapshot.jpg */
export async function takeSnapshot() {
  return (await ask("/snapshot.jpg")).blob();
}

/** Ask for the stream only to learn why an <img> could not show it; the picture itself is not read. */
export async function askWhyNoPicture() {
  const stop = new AbortController();
  try {
    await ask("/video_feed", { signal: stop.signal });
  } finally {
    stop.abort();
  }
}

async function ask(path, { patience = PATIENCE_MS, signal, ...options } = {}) {
  const limit = AbortSignal.timeout(patience);
  let answer;
  try {
    answer = await fetch(path, {
      cache: "no-store",
      credentials: "same-origin",
      ...options,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError(late ? "The server took too long to answer." : "The server does not answer.");
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  return new ApiError(await wordsOf(answer), answer.status, retryAfter);
}

/** The one error shape is {"error": {"message"}}; anything else (a proxy's page) is named by its status alone. */
async function wordsOf(answer) {
  const fallback = `The server refused with status ${answer.status}.`;
  try {
    const body = await answer.json();
    const words = body?.error?.message ?? body?.error ?? body?.message;
    return typeof words === "string" && words ? words : fallback;
  } catch {
    return fallback;
  }
}
