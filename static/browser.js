/** This device's own camera or screen as the source: shown here, analysed by the server one picture at a time. */

import { ApiError, closeBrowser, commandCamera, lookAt, openBrowser } from "./api.js";
import { Boxes } from "./boxes.js";
import { CAMERA, DeviceError, SCREEN, hasScreens, isOwnCamera, listCameras, openDevice } from "./device.js";
import { Sender } from "./sender.js";

const EFFECTS = {
  "": "",
  fewer: "The connection is slow: fewer pictures are analysed. ",
  smaller: "The connection is slow: fewer and smaller pictures are analysed. ",
};

/** While no picture is sent, the program answers for its own camera, whose recording and video belong elsewhere. */
const NOTHING_SEEN = {
  faces: [], fps: { capture: 0, inference: 0 }, age_ms: null, viewers: 0, playback: null, recording: null, resting: null,
  reminder: null,
};

const CAMERA_NAME = "This device\u2019s camera";

/** No answer at all, or a program that is shutting down. */
const SERVER_LOST = new Set([0, 503]);

/** A server that is shutting down may still answer for some seconds, so the camera is switched on again this seldom. */
const LOST_PAUSE_MS = 1000;

export class OwnCamera {
  #handlers;
  #stage = document.getElementById("stage");
  #video = document.createElement("video");
  #canvas = document.createElement("canvas");
  #switch = document.createElement("button");
  #boxes;
  #value = CAMERA;
  #status = "away";
  #message = "";
  #label = "";
  #mirrored = true;
  #id = "";
  #opening = 0;
  #cameras = [];
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Sender | null} */
  #sender = null;
  /** What it waits for before it starts again: the server or a device. @type {"" | "server" | "device"} */
  #waitingFor = "";
  #lostAt = 0;

  /**
   * @param {{
   *   onChanged: () => void,
   *   onDevices: (devices: {value: string, name: string}[]) => void,
   *   onSeen: (seen: import("./picture.js").Seen & {scale: number, mirror: boolean}) => object[],
   *   onPoint: (person: number | null) => void,
   *   resolution: () => import("./source.js").Resolution,
   * }} handlers it was chosen, left, started or stopped; the list of cameras changed; faces were found in the picture
   *   (whose boxes need `scale` to be in the video's pixels); the pointer is over a face; which resolution the camera is
   *   to have
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#buildView();
    this.#boxes = new Boxes(this.#canvas, { onPoint: (person) => this.chosen && handlers.onPoint(person) });
    window.addEventListener("pagehide", () => this.#release());
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted && this.chosen) this.#end("stopped", "");
    });
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#devicesChanged());
    this.#offer();
  }

  /** @returns {boolean} whether it is the source, running or not */
  get chosen() {
    return this.#status !== "away";
  }

  /** @returns {boolean} whether the server knows it */
  get connected() {
    return this.#id !== "";
  }

  /** @returns {boolean} whether it is a window or screen, perhaps with many people in it */
  get screen() {
    return this.chosen && this.#value === SCREEN;
  }

  /** @returns {boolean} whether faces come with the answers to its pictures and need no request of their own */
  get flowing() {
    return this.#status === "live";
  }

  /** @returns {Boxes} over its picture */
  get boxes() {
    return this.#boxes;
  }

  /** @returns {string} the id that the server knows it by while its picture is live, else "" */
  get liveId() {
    return this.#status === "live" ? this.#id : "";
  }

  /** @param {object} order for POST /api/camera @returns {boolean} whether it concerns this device instead */
  takes({ source }) {
    if (source === undefined) return this.chosen;
    if (isOwn(source)) return true;
    this.#leave();
    return false;
  }

  /** @param {object} order one that takes() has taken */
  async obey({ action, source, mirror, detector }) {
    if (source !== undefined) {
      this.#value = source;
      this.#label = source === SCREEN ? "A window or screen" : CAMERA_NAME;
    }
    if (action === "stop") this.#end("stopped", "");
    if (action === "start") await this.#start(detector);
    if (mirror !== undefined) this.#mirror(mirror);
    if (action === "set" && detector !== undefined && this.connected) await commandCamera({ action, detector });
  }

  /** @param {object} state an answer of /api/state @returns {object} the same, adapted to this device */
  describe(state) {
    if (!this.chosen) return state;
    if (this.#waitingFor === "server" && performance.now() - this.#lostAt > LOST_PAUSE_MS) this.#comeBack();
    const ours = this.connected && state.source.value === CAMERA;
    const source = ours && state.source.status === "failed"
      ? { ...state.source, value: this.#value, name: this.#label }
      : { name: this.#label, value: this.#value, status: this.#status, message: this.#words(), retrying: false };
    const seen = ours && this.#status === "live"
      ? state
      : { ...state, ...NOTHING_SEEN };
    return { ...seen, mirror: this.#mirrored, picture: this.#size(), source };
  }

  /** The camera's resolution; the server may be sent smaller pictures. */
  #size() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    return width ? { width, height } : null;
  }

  async #start(detector) {
    this.#release();
    const opening = this.#opening += 1;
    const wish = this.#wish();
    this.#show("starting", wish.kind === "screen"
      ? "The browser is asking: choose a window or a screen."
      : "The browser is asking: allow this page to use the camera.");
    try {
      const stream = await openDevice(wish);
      if (opening !== this.#opening) return stopTracks(stream);
      await this.#take(stream, wish);
      const id = await openBrowser(this.#label, this.screen);
      if (opening !== this.#opening) return closeBrowser(id);
      this.#connect(id);
      this.#sender = new Sender(this.#video, wish, id, {
        onFaces: (answer) => this.#showFaces(answer),
        onForgotten: () => this.#renew(),
        onLost: (error) => this.#serverLost(error),
      });
      if (detector !== undefined) await commandCamera({ action: "set", detector });
      this.#offer();
    } catch (error) {
      if (!(error instanceof DeviceError || error instanceof ApiError)) throw error;
      if (opening !== this.#opening) return undefined;
      if (!this.connected && SERVER_LOST.has(error.status)) this.#serverLost(error);
      else this.#end("failed", error.message);
    }
    return undefined;
  }

  /** @returns {import("./device.js").Wish} */
  #wish() {
    if (this.#value === SCREEN) return { kind: "screen" };
    const deviceId = this.#value.slice(CAMERA.length + 1) || undefined;
    return { kind: "camera", deviceId, resolution: this.#handlers.resolution() };
  }

  async #take(stream, { kind }) {
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    const { deviceId, facingMode } = track.getSettings();
    if (kind === "camera" && deviceId) this.#value = `${CAMERA}:${deviceId}`;
    this.#label = track.label || (kind === "screen" ? "Screen" : "Camera");
    this.#mirror(kind === "camera" && facingMode !== "environment");
    track.addEventListener("ended", () => this.#deviceLost(kind));
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {});  // it plays by itself as soon as there is a picture
  }

  #connect(id) {
    this.#id = id;
    lookAt(id);
  }

  #showFaces({ width, height, faces, lateMs }) {
    if (this.#status !== "live") this.#show("live", "");
    this.#stage.style.aspectRatio = `${this.#video.videoWidth} / ${this.#video.videoHeight}`;
    this.#canvas.dataset.lateMs = lateMs.toFixed(1);
    this.#canvas.dataset.answers = String(Number(this.#canvas.dataset.answers ?? 0) + 1);
    const mirror = this.#mirrored;
    const shown = this.#handlers.onSeen({
      picture: this.#video, width, height, faces, mirror, scale: this.#video.videoWidth / width,
    });
    this.#boxes.show(shown, { width, height, mirror });
  }

  /** The server dropped this session, after a restart or because the device was asleep; a new one takes over. */
  async #renew() {
    const opening = this.#opening;
    try {
      const id = await openBrowser(this.#label, this.screen);
      if (opening !== this.#opening) return closeBrowser(id);
      this.#connect(id);
      this.#sender?.goOnWith(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (opening !== this.#opening) return undefined;
      if (SERVER_LOST.has(error.status)) this.#serverLost(error);
      else this.#end("failed", error.message);
    }
    return undefined;
  }

  /** Without a server the camera, and its light, need not stay on. */
  #serverLost(error) {
    const { screen } = this;
    const words = screen ? "Start again to share it again." : "It starts again when the server answers.";
    this.#end(screen ? "stopped" : "reconnecting", `${error.message} The camera is off. ${words}`);
    this.#lostAt = performance.now();
    if (!screen) this.#waitingFor = "server";
  }

  #deviceLost(kind) {
    if (kind === "screen") {
      this.#end("stopped", "The window or screen is no longer shared.");
      return;
    }
    this.#end("failed", "The camera stopped sending pictures: it was unplugged, or its permission was withdrawn.");
    this.#waitingFor = "device";
  }

  #devicesChanged() {
    this.#offer();
    if (this.#waitingFor === "device") this.#comeBack();
  }

  #comeBack() {
    this.#waitingFor = "";
    this.#start();
  }

  #leave() {
    if (!this.chosen) return;
    this.#end("away", "");
  }

  #end(status, message) {
    this.#release();
    this.#show(status, message);
  }

  /** Closes everything: the camera's light goes out, and the server forgets the session. */
  #release() {
    this.#opening += 1;
    this.#waitingFor = "";
    this.#sender?.close();
    this.#sender = null;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = this.#video.srcObject = null;
    this.#boxes.show([], { width: 1, height: 1 });
    if (!this.connected) return;
    closeBrowser(this.#id);
    this.#connect("");
  }

  #show(status, message) {
    this.#status = status;
    this.#message = message;
    const seen = this.chosen && status !== "stopped" && status !== "failed";
    this.#video.hidden = this.#canvas.hidden = !seen;
    this.#offerSwitch();
    this.#handlers.onChanged();
  }

  #words() {
    if (this.#status !== "live") return this.#message;
    const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    const where = here ? "the program on this computer" : `the computer that runs this program, ${location.host},`;
    const promise = `The picture goes to ${where} and nowhere else; none of it is stored.`;
    return EFFECTS[this.#sender?.effect ?? ""] + promise;
  }

  #mirror(mirrored) {
    this.#mirrored = mirrored;
    this.#video.toggleAttribute("data-mirrored", mirrored);
  }

  async #offer() {
    this.#cameras = await listCameras();
    this.#offerSwitch();
    const named = this.#cameras.map(({ deviceId, label }) => ({
      value: `${CAMERA}:${deviceId}`, name: `This device: ${label}`,
    }));
    const cameras = named.length ? named : [{ value: CAMERA, name: CAMERA_NAME }];
    const screens = hasScreens() ? [{ value: SCREEN, name: "A window or screen of this device" }] : [];
    this.#handlers.onDevices([...cameras, ...screens]);
  }

  #offerSwitch() {
    this.#switch.hidden = !(this.chosen && this.#value !== SCREEN && this.#cameras.length > 1);
  }

  async #next() {
    const at = this.#cameras.findIndex(({ deviceId }) => this.#value === `${CAMERA}:${deviceId}`);
    this.#value = `${CAMERA}:${this.#cameras[(at + 1) % this.#cameras.length].deviceId}`;
    await this.#start();
  }

  #buildView() {
    Object.assign(this.#video, { id: "own-video", muted: true, playsInline: true, hidden: true });
    Object.assign(this.#canvas, { id: "own-boxes", hidden: true });
    this.#stage.prepend(this.#video, this.#canvas);
    Object.assign(this.#switch, { id: "own-switch", type: "button", className: "button", hidden: true });
    this.#switch.textContent = "Switch camera";
    this.#switch.addEventListener("click", () => this.#next());
    document.getElementById("mirror").after(this.#switch);
  }
}

function isOwn(source) {
  return source === SCREEN || isOwnCamera(source);
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
