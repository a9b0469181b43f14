// The same picture as renderer.js without WebGL: pixel by pixel, in tables. While something moves, every second pixel of
// every second row is enough.
import { TO_LINEAR, toByte } from "./light.js";
import { sized } from "./tiles.js";

export class CanvasRenderer {
  constructor(canvas, photo, width, height) {
    [canvas.width, canvas.height] = [width, height];
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.pen.drawImage(photo, 0, 0, width, height);
    this.photo = this.pen.getImageData(0, 0, width, height);
    Object.assign(this, { width, height });
  }

  /** Takes what WebglRenderer.draw takes. */
  draw(layers, bendMost, { moving = false, zoom = 1 } = {}) {
    const picture = new ImageData(new Uint8ClampedArray(this.photo.data), this.width, this.height);
    for (const layer of layers) this.paint(picture.data, layer, bendMost, moving ? { stride: 2, samples: 1, zoom } : { stride: 1, samples: 3, zoom });
    this.pen.putImageData(picture, 0, 0);
  }

  /** Each pixel is the mean of samples x samples places, which stands for mixing the print's neighbouring pixels too. */
  paint(data, { garment, tile, repeat, angle, offset }, bendMost, { stride, samples, zoom }) {
    const { width, height } = this;
    const print = sized(tile, repeat.map((length) => length * zoom));
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [left, top, right, bottom] = garment.box;
    const below = 4 * width * height;
    const within = Array.from({ length: samples }, (_, number) => (number + 0.5) / samples - 0.5);
    const cloth = [0, 0, 0];
    for (let y = top; y < bottom; y += stride) {
      for (let x = left; x < right; x += stride) {
        const at = 4 * (y * width + x);
        const share = garment.pixels[at] / 255;
        if (!share) continue;
        const px = x + 0.5 - width / 2 + ((garment.pixels[below + at] - 128) / 127) * bendMost;
        const py = y + 0.5 - height / 2 + ((garment.pixels[below + at + 1] - 128) / 127) * bendMost;
        const light = 4 * (garment.pixels[at + 1] / 255) ** 2;
        cloth.fill(0);
        for (const dy of within) {
          for (const dx of within) {
            const u = (cos * (px + dx) + sin * (py + dy)) / repeat[0] - offset[0];
            const v = (-sin * (px + dx) + cos * (py + dy)) / repeat[1] - offset[1];
            const from = 4 * (Math.floor((v - Math.floor(v)) * print.height) * print.width + Math.floor((u - Math.floor(u)) * print.width));
            for (let channel = 0; channel < 3; channel++) cloth[channel] += toByte(Math.min(1, TO_LINEAR[print.data[from + channel]] * light));
          }
        }
        const painted = [0, 1, 2].some((channel) => data[at + channel] !== this.photo.data[at + channel]);
        const behind = share === 1 || painted ? data : garment.pixels;
        const from = behind === data ? at : at + 2 * below;
        for (let channel = 0; channel < 3; channel++) {
          const old = TO_LINEAR[behind[from + channel]];
          const worn = TO_LINEAR[Math.round(cloth[channel] / samples ** 2)];
          const byte = toByte(old + (worn - old) * share);
          for (let row = 0; row < stride && y + row < bottom; row++) {
            for (let column = 0; column < stride && x + column < right; column++) data[at + channel + 4 * (row * width + column)] = byte;
          }
        }
      }
    }
  }

  finish() {}
  free() {}
}
