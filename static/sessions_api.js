/** Questions about saved sessions. */

import { ask } from "./api.js";

/**
 * @typedef {{id: string, name: string, project: string|null, activity: string|null, source: string, state: string,
 *   started_at: string, ended_at: string|null, seconds: number, samples: number, skipped: number, delete_at: string|null,
 *   purpose: string|null, consent: string|null, participant: string|null, me: boolean}} Session
 * @typedef {{id: string, label: string, start: number, end: number|null}} Marker
 */

const json = async (path, options) => (await ask(path, options)).json();

/** @returns {RequestInit} */
const body = (method, values) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(values),
});

const PATIENCE = { patience: 20000 };

/**
 * @param {string} search @param {string} [before] the start of the last one known so far, ISO 8601
 * @returns {Promise<{sessions: Session[], more: boolean}>} the newest first
 */
export const listSessions = (search, before) => {
  const query = new URLSearchParams({ limit: "50" });
  if (search) query.set("search", search);
  if (before) query.set("before", before);
  return json(`/api/sessions?${query}`, PATIENCE);
};

/** @returns {Promise<{session: Session, persons: number[], markers: Marker[], activity: object}>} an overview */
export const readSummary = (id) => json(`/api/sessions/${id}/summary`, PATIENCE);

export const changeSession = (id, values) => json(`/api/sessions/${id}`, body("PATCH", values));

/** Its bytes are erased, too. */
export const deleteSession = (id, keepalive = false) => ask(`/api/sessions/${id}`, { method: "DELETE", keepalive });

export const addMarker = (id, marker) => json(`/api/sessions/${id}/markers`, body("POST", marker));
export const changeMarker = (id, marker, values) => json(`/api/sessions/${id}/markers/${marker}`, body("PATCH", values));
export const deleteMarker = (id, marker) => ask(`/api/sessions/${id}/markers/${marker}`, { method: "DELETE" });

/** The answer of one use about a session, as its class in timeline/uses/ describes it. */
export const askUse = (id, use, parameters = {}) =>
  json(`/api/sessions/${id}/uses/${use}?${new URLSearchParams(parameters)}`, PATIENCE);

/** @returns {Promise<{a: Session, b: Session, answer: object}>} */
export const compare = (a, b, use, parameters = {}) =>
  json(`/api/compare?${new URLSearchParams({ a, b, use, ...parameters })}`, PATIENCE);
