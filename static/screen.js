/** The picture alone: full screen, or as a page of its own for a projector or a streaming program. */

const button = document.getElementById("full-screen");
const stage = document.getElementById("stage");

/** Browsers without full screen for pages, such as on an iPhone, get no button for it. */
export function tieScreen() {
  if (new URLSearchParams(location.search).get("view") === "picture") document.body.dataset.view = "picture";
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", toggleFullScreen);
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
  });
}

export async function toggleFullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await stage.requestFullscreen();
}
