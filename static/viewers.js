/** The link for viewers, in the settings of the owner's page: one button copies it. */

import { setText } from "./dom.js";

export function tieViewersLink() {
  const link = document.getElementById("viewers-link");
  if (!link) return;
  const copied = document.getElementById("viewers-copied");
  link.addEventListener("focus", () => link.select());
  document.getElementById("viewers-copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      setText(copied, "Copied.");
    } catch {
      // A page that is neither on this computer nor over https may not write to the clipboard.
      link.focus();
      link.select();
      setText(copied, "Press Ctrl+C to copy it.");
    }
  });
}
