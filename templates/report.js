// The report's timeline can be moved over: a line shows the time, the words who showed what, the video follows.
"use strict";
(() => {
  const timeline = document.querySelector(".timeline");
  if (!timeline) return;
  const start = Number(timeline.dataset.start);
  const seconds = Number(timeline.dataset.seconds);
  const cursor = timeline.querySelector(".cursor");
  const scrubber = timeline.querySelector(".scrubber");
  const range = scrubber.querySelector("input");
  const words = scrubber.querySelector("output");
  const video = timeline.querySelector("video");
  const rows = [...timeline.querySelectorAll("svg[data-person]")];

  /** @param {number} at seconds since the start @returns {string} "0:08.1" */
  const clock = (at) => `${Math.floor(at / 60)}:${(at % 60).toFixed(1).padStart(4, "0")}`;

  /** What one person shows at a place of the timeline, in percent of it. */
  function shownAt(row, place) {
    const band = [...row.querySelectorAll("rect[data-emotion]")].find((rect) => {
      const left = parseFloat(rect.getAttribute("x"));
      return place >= left && place < left + parseFloat(rect.getAttribute("width"));
    });
    return `Person ${row.dataset.person}: ${band ? band.dataset.emotion : "not visible"}`;
  }

  function show(at) {
    const place = seconds ? (100 * at) / seconds : 0;
    cursor.hidden = false;
    cursor.style.left = `${place}%`;
    range.value = String(at);
    words.value = `${clock(start + at)} · ${rows.map((row) => shownAt(row, place)).join(" · ")}`;
    range.setAttribute("aria-valuetext", words.value);
  }

  function go(at) {
    show(at);
    if (video && !video.hidden) video.currentTime = at;
  }

  scrubber.hidden = false;
  range.addEventListener("input", () => go(Number(range.value)));
  for (const row of rows) {
    row.addEventListener("click", (event) => {
      const box = row.getBoundingClientRect();
      go(Math.max(0, Math.min(seconds, (seconds * (event.clientX - box.left)) / box.width)));
    });
  }
  if (!video) return;
  // The report may have been sent on without the video: then its links stay, and nothing empty is shown.
  video.addEventListener("loadedmetadata", () => {
    video.hidden = false;
    for (const link of document.querySelectorAll("a[data-seconds]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        go(Number(link.dataset.seconds) - start);
        video.scrollIntoView({ block: "nearest" });
      });
    }
  });
  video.addEventListener("timeupdate", () => show(video.currentTime));
  video.preload = "metadata";
})();
