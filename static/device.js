/** This device's cameras and screens: opens one, lists them, and says in words why one does not open. */

export const CAMERA = "browser";
export const SCREEN = "screen";

/**
 * @typedef {object} Wish
 * @property {"camera" | "screen"} kind
 * @property {string} [deviceId] of a camera
 * @property {import("./source.js").Resolution} [resolution] of a camera
 */

export class DeviceError extends Error {}

/** @param {string} source @returns {boolean} whether it names a camera of this device */
export function isOwnCamera(source) {
  return source === CAMERA || String(source).startsWith(`${CAMERA}:`);
}

/** @returns {boolean} whether the browser gives this page access to cameras at all */
export function mayAsk() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** @returns {boolean} whether windows and screens can be shared: phones cannot */
export function hasScreens() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

/**
 * The browser asks the person first; screens must be asked for right after a click.
 * @param {Wish} wish
 * @returns {Promise<MediaStream>}
 */
export async function openDevice({ kind, deviceId, resolution }) {
  if (!mayAsk()) {
    throw new DeviceError(
      "Browsers give a camera to secure pages only. Open this page by an https:// address (start the program with "
      + "--lan), or by http://localhost on the computer that runs it.",
    );
  }
  try {
    if (kind === "screen") {
      return await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: false });
    }
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "user" } };
    const size = { width: { ideal: resolution.width }, height: { ideal: resolution.height } };
    const video = { ...size, frameRate: { ideal: 30 }, ...which };
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new DeviceError(wordsFor(error, kind));
  }
}

/** @returns {Promise<{deviceId: string, label: string}[]>} with names once the user has allowed one */
export async function listCameras() {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId, label }) => kind === "videoinput" && deviceId && label)
    .map(({ deviceId, label }) => ({ deviceId, label }));
}

function wordsFor(error, kind) {
  const screen = kind === "screen";
  switch (error.name) {
    case "NotAllowedError":
      return screen
        ? "Nothing was chosen to share, or the browser does not allow it. Start again and choose a window or a screen."
        : "The browser does not let this page use the camera. Allow it beside the address, then start again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return screen
        ? "There is no window or screen to share."
        : "This device has no such camera. Plug one in or choose another source.";
    case "NotReadableError":
    case "AbortError":
      return "The camera does not start. Another program may be using it: close that program, then start again.";
    default:
      return `The ${screen ? "screen" : "camera"} does not open: ${error.message || error.name}.`;
  }
}
