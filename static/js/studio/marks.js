// What is drawn over the photo: outlines and names of the found garments, and the strokes of the brush.
import { outline } from "./maps.js";

const COLOURS = [[35, 79, 69, 255], [156, 47, 34, 255], [43, 74, 120, 255], [140, 88, 12, 255], [96, 44, 110, 255], [30, 33, 31, 255]];

export class Marks {
  constructor(stage) {
    this.stage = stage;
    this.canvas = Object.assign(document.createElement("canvas"), { className: "marks", width: stage.width, height: stage.height });
    this.canvas.setAttribute("aria-hidden", "true");
    stage.stand.append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    this.pointed = null;
    this.single = stage.garments.filter((garment) => garment.id !== "all");
    this.rims = new Map();
  }

  rim(garment) {
    if (!this.rims.has(garment.id)) {
      const colour = COLOURS[this.stage.garments.indexOf(garment) % COLOURS.length];
      this.rims.set(garment.id, { colour, picture: outline(garment, this.stage.width, this.stage.height, colour) });
    }
    return this.rims.get(garment.id);
  }

  /** The pointer is over a garment, or over none. */
  point(garment) {
    if (garment === this.pointed) return;
    this.pointed = garment;
    this.canvas.classList.toggle("over", Boolean(garment));
    this.draw();
  }

  draw() {
    const { pen, stage } = this;
    pen.clearRect(0, 0, stage.width, stage.height);
    const active = stage.garment(stage.layers.active);
    const painting = stage.brush?.mode;
    const bare = !stage.layers.list.length;
    const shown = painting ? [active] : bare ? this.single : [this.pointed];
    for (const garment of new Set(shown.filter(Boolean))) {
      pen.globalAlpha = garment === this.pointed || painting ? 1 : 0.8;
      pen.drawImage(this.rim(garment).picture, 0, 0);
      pen.globalAlpha = 1;
      if (!painting) this.name(garment);
    }
    stage.brush?.draw(pen);
  }

  name(garment) {
    const { pen, stage } = this;
    const size = Math.max(13, Math.round((15 * stage.width) / Math.max(1, this.canvas.clientWidth)));
    pen.font = `600 ${size}px system-ui, sans-serif`;
    const wide = pen.measureText(garment.name).width + size;
    const [left, top, right, bottom] = garment.box;
    const x = Math.min(stage.width - wide - 4, Math.max(4, (left + right - wide) / 2));
    const y = Math.min(stage.height - 2 * size - 4, Math.max(4, (top + bottom) / 2 - size));
    pen.fillStyle = `rgb(${this.rim(garment).colour.slice(0, 3)})`;
    pen.beginPath();
    pen.roundRect(x, y, wide, 1.9 * size, size);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.textBaseline = "middle";
    pen.fillText(garment.name, x + size / 2, y + 0.98 * size);
  }
}
