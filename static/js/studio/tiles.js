// Pictures of prints, loaded once. A print's address is signed and ends after a while: then the page is asked for a new one.
import { TO_LINEAR, toByte } from "./light.js";

const tiles = new Map();

/** The print's picture, or null until it is loaded: then `ready` is called. */
export function tileOf(print, ready = () => {}) {
  const known = tiles.get(print.id);
  if (known?.done) return known.picture;
  if (known) known.waiting.add(ready);
  else load(print, ready);
  return null;
}

function load(print, ready) {
  const entry = { picture: new Image(), done: false, waiting: new Set([ready]), asked: false };
  tiles.set(print.id, entry);
  entry.picture.addEventListener("load", () => {
    entry.done = true;
    for (const tell of entry.waiting) tell();
    entry.waiting.clear();
  });
  entry.picture.addEventListener("error", async () => {
    if (entry.asked) return;
    entry.asked = true;
    const answer = await fetch(`/studio/?pattern=${print.id}`);
    const data = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("print-side")?.dataset.print;
    if (data) entry.picture.src = JSON.parse(data).url;
  });
  entry.picture.src = print.url;
}

const sizes = new WeakMap();

/**
 * The print averaged over areas in linear light, as the full render does before it puts it on cloth (EndlessPrint of
 * segmentation/printing.py); as it is where it is not to become smaller. The last size is kept.
 *
 * @returns ImageData
 */
export function sized(picture, repeat) {
  const full = [picture.naturalWidth, picture.naturalHeight];
  const [across, down] = repeat[0] < full[0] - 0.5 ? repeat.map((length) => Math.max(1, Math.round(length))) : full;
  const known = sizes.get(picture);
  if (known?.width === across && known.height === down) return known;
  const pen = new OffscreenCanvas(...full).getContext("2d", { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  const found = averaged(pen.getImageData(0, 0, ...full), across, down);
  sizes.set(picture, found);
  return found;
}

function averaged(image, across, down) {
  const { width, height, data } = image;
  if (width === across && height === down) return image;
  const columns = shares(width, across);
  const rows = shares(height, down);
  const narrow = new Float32Array(3 * across * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < across; x++) {
      for (const [from, share] of columns[x]) {
        for (let channel = 0; channel < 3; channel++) narrow[3 * (y * across + x) + channel] += share * TO_LINEAR[data[4 * (y * width + from) + channel]];
      }
    }
  }
  const found = new ImageData(across, down);
  const sum = new Float32Array(3 * across);
  for (let y = 0; y < down; y++) {
    sum.fill(0);
    for (const [from, share] of rows[y]) for (let at = 0; at < sum.length; at++) sum[at] += share * narrow[3 * across * from + at];
    for (let x = 0; x < across; x++) {
      for (let channel = 0; channel < 3; channel++) found.data[4 * (y * across + x) + channel] = toByte(Math.min(1, sum[3 * x + channel]));
      found.data[4 * (y * across + x) + 3] = 255;
    }
  }
  return found;
}

/** For each of `count` equal parts of a line of `length` pixels: the pixels that it covers, and their shares of it. */
function shares(length, count) {
  const part = length / count;
  return Array.from({ length: count }, (_, number) => {
    const [start, end] = [number * part, (number + 1) * part];
    const found = [];
    for (let at = Math.floor(start); at < Math.min(length, end); at++) {
      const share = (Math.min(at + 1, end) - Math.max(at, start)) / part;
      if (share > 1e-6) found.push([at, share]);
    }
    return found;
  });
}
