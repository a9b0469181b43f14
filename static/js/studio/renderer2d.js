// The same picture as renderer.js without WebGL: pixel by pixel, in tables. While something moves, every second pixel of
// every second row is enough.

const TO_LINEAR = new Float32Array(256);
for (let byte = 0; byte < 256; byte++) {
  const value = byte / 255;
  TO_LINEAR[byte] = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
const TO_SRGB = new Uint8ClampedArray(4096);
for (let step = 0; step < 4096; step++) {
  const value = step / 4095;
  TO_SRGB[step] = Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

export class CanvasRenderer {
  constructor(canvas, photo, width, height) {
    [canvas.width, canvas.height] = [width, height];
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.pen.drawImage(photo, 0, 0, width, height);
    this.photo = this.pen.getImageData(0, 0, width, height);
    Object.assign(this, { width, height, tiles: new WeakMap() });
  }

  /** Takes what WebglRenderer.draw takes. */
  draw(layers, bendMost, { moving = false } = {}) {
    const picture = new ImageData(new Uint8ClampedArray(this.photo.data), this.width, this.height);
    for (const layer of layers) this.paint(picture.data, layer, bendMost, moving ? 2 : 1);
    this.pen.putImageData(picture, 0, 0);
  }

  paint(data, { garment, tile, repeat, angle, offset }, bendMost, stride) {
    const { width, height } = this;
    const small = this.scaled(tile, repeat[0]);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [left, top, right, bottom] = garment.box;
    const below = 4 * width * height;
    for (let y = top; y < bottom; y += stride) {
      for (let x = left; x < right; x += stride) {
        const at = 4 * (y * width + x);
        const share = garment.pixels[at] / 255;
        if (!share) continue;
        const px = x + 0.5 - width / 2 + ((garment.pixels[below + at] - 128) / 127) * bendMost;
        const py = y + 0.5 - height / 2 + ((garment.pixels[below + at + 1] - 128) / 127) * bendMost;
        const u = (cos * px + sin * py) / repeat[0] - offset[0];
        const v = (-sin * px + cos * py) / repeat[1] - offset[1];
        const from = 4 * (Math.floor((v - Math.floor(v)) * small.height) * small.width + Math.floor((u - Math.floor(u)) * small.width));
        const light = 4 * (garment.pixels[at + 1] / 255) ** 2;
        for (let channel = 0; channel < 3; channel++) {
          const cloth = Math.min(1, TO_LINEAR[small.data[from + channel]] * light);
          const old = TO_LINEAR[data[at + channel]];
          const byte = TO_SRGB[Math.round((old + (cloth - old) * share) * 4095)];
          for (let row = 0; row < stride && y + row < bottom; row++) {
            for (let column = 0; column < stride && x + column < right; column++) data[at + channel + 4 * (row * width + column)] = byte;
          }
        }
      }
    }
  }

  /** The tile at its size on the photo: of the sizes that were made before, the nearest. */
  scaled(tile, repeat) {
    const side = Math.max(1, Math.round(2 ** (Math.round(4 * Math.log2(Math.min(repeat, tile.naturalWidth))) / 4)));
    const sizes = this.tiles.get(tile) ?? this.tiles.set(tile, new Map()).get(tile);
    if (!sizes.has(side)) {
      const down = Math.max(1, Math.round((side * tile.naturalHeight) / tile.naturalWidth));
      const pen = new OffscreenCanvas(side, down).getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(tile, 0, 0, side, down);
      sizes.set(side, pen.getImageData(0, 0, side, down));
    }
    return sizes.get(side);
  }

  finish() {}
  free() {}
}
