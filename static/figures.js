/** Frames per second, resolution, latency and number of viewers, as plain figures. */

const fps = document.getElementById("figure-fps");
const size = document.getElementById("figure-size");
const age = document.getElementById("figure-age");
const viewers = document.getElementById("figure-viewers");

const NOTHING = "\u2013";

/** @param {object | null} state an answer of /api/state, or null while there is none */
export function showFigures(state) {
  const running = state !== null && ["live", "demo", "reconnecting"].includes(state.source.status);
  set(fps, running ? rate(state.fps.inference) : NOTHING);
  fps.title = running ? `The camera sends ${rate(state.fps.capture)}; ${rate(state.fps.inference)} are analysed.` : "";
  set(size, running && state.picture ? `${state.picture.width} \u00d7 ${state.picture.height}` : NOTHING);
  set(age, running ? duration(state.age_ms) : NOTHING);
  set(viewers, state === null ? NOTHING : String(state.viewers));
}

function rate(value) {
  if (!Number.isFinite(value)) return NOTHING;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function duration(milliseconds) {
  if (!Number.isFinite(milliseconds)) return NOTHING;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60000)} min`;
}

function set(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
