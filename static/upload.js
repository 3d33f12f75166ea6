/** Sends the files of a job piece by piece; after an interruption it asks how much has arrived and continues there. */

import { ApiError, ask } from "./api.js";

const PIECE_BYTES = 8 * 1024 * 1024;
const PIECE_PATIENCE_MS = 120000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const BUSY = 429;
const ELSEWHERE = 409;

/**
 * @param {string} job its id
 * @param {File[]} files in the order in which they were announced
 * @param {(sent: number) => void} onSent bytes of all files that have arrived
 * @param {AbortSignal} signal to stop
 */
export async function sendFiles(job, files, onSent, signal) {
  let before = 0;
  for (const [index, file] of files.entries()) {
    const path = `/api/jobs/${job}/files/${index + 1}`;
    for (let offset = await offsetOf(path, signal); offset < file.size;) {
      onSent(before + offset);
      offset = await sendPiece(path, file, offset, signal);
    }
    before += file.size;
    onSent(before);
  }
}

/** @returns {Promise<number>} how many bytes of the file have then arrived */
async function sendPiece(path, file, offset, signal) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await ask(path, {
        method: "PATCH",
        headers: { "Upload-Offset": String(offset) },
        body: file.slice(offset, offset + PIECE_BYTES),
        patience: PIECE_PATIENCE_MS,
        signal,
      });
      return Number(answer.headers.get("Upload-Offset"));
    } catch (error) {
      if (!mayPass(error) || signal.aborted) throw error;
      await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)], signal);
      return offsetOf(path, signal);
    }
  }
}

async function offsetOf(path, signal) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return Number((await ask(path, { method: "HEAD", signal })).headers.get("Upload-Offset"));
    } catch (error) {
      if (!mayPass(error) || signal.aborted) throw error;
      await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)], signal);
    }
  }
}

function mayPass(error) {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status >= 500 || error.status === BUSY || error.status === ELSEWHERE;
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
