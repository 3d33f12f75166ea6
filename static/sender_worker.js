/**
 * A worker that ticks and encodes pictures: in a hidden tab the page itself may do so only once a second.
 * In: {every: milliseconds} or {number, bitmap}. Out: {} for a tick, {number, jpeg} for a picture.
 */

const QUALITY = 0.8;

const canvas = new OffscreenCanvas(1, 1);
const pen = canvas.getContext("2d", { alpha: false });
let timer = 0;

self.onmessage = async ({ data: { every, number, bitmap } }) => {
  if (every) {
    clearInterval(timer);
    timer = setInterval(() => self.postMessage({}), every);
    return;
  }
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  self.postMessage({ number, jpeg: await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }) });
};
