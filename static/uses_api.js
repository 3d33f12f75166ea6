/** The requests of the uses' panels, and the shapes of the answers. */

import { about, ask } from "./api.js";

/**
 * @typedef {{name: string, title: string, question: string, formula: string, limits: string[], example: string}} Use
 * @typedef {object} Rule as timeline/rules.py has it
 * @property {string} name
 * @property {string[]} expressions
 * @property {"share"|"count"|"confidence"} measure
 * @property {number} at_least
 * @property {number} for_seconds
 * @property {number} faces
 * @property {number|null} ends_below
 * @property {number} calm_seconds
 * @property {number} cool_down_seconds
 * @typedef {{id: string, enabled: boolean, words: string, rule: Rule, state: string|null, value: number|null,
 *   faces: number|null, lasted: number|null}} KeptRule
 * @typedef {{id: string, rule: string, state: string, started_at: string, ended_at: string|null,
 *   details: {peak: number, outcome: string|null}}} Incident
 * @typedef {{id: string, url: string, secret: string, waiting: number, problem: string}} Webhook
 * @typedef {{webhook: string, tried_at: number, status: number|null, problem: string, milliseconds: number}} Delivery
 */

const PATIENCE = { patience: 20000 };

const json = async (path, options = PATIENCE) => (await ask(path, options)).json();

const order = (method, values) => ({
  ...PATIENCE,
  method,
  headers: { "Content-Type": "application/json" },
  ...(values === undefined ? {} : { body: JSON.stringify(values) }),
});

/** @returns {Promise<Use[]>} */
export const listUses = async () => (await json("/api/uses")).uses;

/** @returns {Promise<{rules: KeptRule[], problem: string}>} */
export const listRules = () => json("/api/rules");
export const addRule = (rule) => json("/api/rules", order("POST", rule));
export const changeRule = (id, changes) => json(`/api/rules/${id}`, order("PATCH", changes));
export const deleteRule = (id) => ask(`/api/rules/${id}`, order("DELETE"));
/** @returns {Promise<{messages: string[]}>} */
export const testRule = (id) => json(`/api/rules/${id}/test`, order("POST"));
/** @returns {Promise<{told: number, sessions: {session: string, name: string, answer: object}[]}>} */
export const dryRun = (id) => json(`/api/rules/${id}/dry-run`, order("POST"));

/** @returns {Promise<Incident[]>} */
export const listIncidents = async (limit) => (await json(`/api/incidents?limit=${limit}`)).incidents;

/** @returns {Promise<Webhook[]>} */
export const listWebhooks = async () => (await json("/api/webhooks")).webhooks;
export const addWebhook = (webhook) => json("/api/webhooks", order("POST", webhook));
export const deleteWebhook = (id) => ask(`/api/webhooks/${id}`, order("DELETE"));
/** @returns {Promise<{messages: string[]}>} */
export const testWebhook = (id) => json(`/api/webhooks/${id}/test`, order("POST"));
/** @returns {Promise<Delivery[]>} */
export const listDeliveries = async () => (await json("/api/deliveries")).deliveries;

const LIVE_SECONDS = "600";

/** A use's answer for the recording so far or, while nothing is recorded, for the last ten minutes. */
export const askNow = (use, recording, parameters = {}) => {
  const query = new URLSearchParams({ ...parameters, ...(recording ? {} : { seconds: LIVE_SECONDS }) });
  return json(about(`/api/${recording ? "sessions/current/" : ""}uses/${use}?${query}`));
};

/** @param {1|2|3|4|5} value @returns {Promise<{session: string|null}>} */
export const selfReport = (value) => json(about("/api/self-reports"), order("POST", { value }));
/** @returns {Promise<{needed: number, agreement: {pairs: number, correlation: object|null, verdict: string}}>} */
export const readSelfReports = () => json("/api/self-reports");

/** @returns {Promise<{above: number|null, minutes: number}>} */
export const readReminder = () => json(about("/api/reminder"));
export const setReminder = (wish) => json(about("/api/reminder"), order("PUT", wish));

/**
 * @typedef {{seconds: number, valence: number|null, variety: number|null, flatness: number|null}} Seen
 * @typedef {{days: {day: string, seen: Seen, notes: string[]}[], whole: Seen,
 *   weeks: {start: string, days: number, valence: {value: number, low: number, high: number}|null}[],
 *   times: {name: string, from_hour: number, seen: Seen}[]}} MoodAnswer
 */

/** @param {string} days up to today @returns {Promise<MoodAnswer>} */
export const readMood = (days) => json(`/api/mood?days=${days}`);
/** @param {{day: string, text: string}} note */
export const addNote = (note) => json("/api/notes", order("POST", note));
