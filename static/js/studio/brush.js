// The brush: strokes are painted over the photo, sent together, and become part of the garment's mask by a worker.
import { Refused, sendJson } from "../net.js";
import { refresh } from "./regions.js";
import { whenReady } from "./stage.js";
import { say, text } from "./texts.js";

const COLOURS = { add: "#2f8f6f99", erase: "#c2402a99" };
const kept = { mode: null, radius: 28 };

export function mountBrush(stage) {
  const box = stage.side.querySelector("[data-brush]");
  const brush = new Brush(stage, box);
  box.hidden = false;
  const size = box.querySelector("[data-radius]");
  size.value = kept.radius;
  size.addEventListener("input", () => { kept.radius = Number(size.value); stage.marks.draw(); });
  for (const button of box.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => brush.use(brush.mode === button.dataset.mode ? null : button.dataset.mode));
  }
  box.addEventListener("toggle", () => { if (!box.open) brush.use(null); });
  box.querySelector("[data-undo]").addEventListener("click", () => brush.undo());
  box.querySelector("[data-apply]").addEventListener("click", () => brush.apply());
  return brush;
}

class Brush {
  constructor(stage, box) {
    Object.assign(this, { stage, box, mode: null, strokes: [], at: null });
  }

  /** Radius in pixels of the preview; the slider's are pixels of the screen. */
  get radius() {
    return (kept.radius * this.stage.width) / Math.max(1, this.stage.marks.canvas.clientWidth);
  }

  use(mode) {
    this.mode = mode;
    for (const button of this.box.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.stage.stand.classList.toggle("painting", Boolean(mode));
    if (mode) this.stage.tell(text("painting"));
    this.stage.marks.draw();
  }

  start(point) {
    if (!this.mode) return;
    this.strokes.push({ mode: this.mode, radius: this.radius, points: [point] });
    this.move(point, false);
  }

  move(point, painting) {
    this.at = point;
    const last = this.strokes.at(-1)?.points;
    if (painting && last && Math.hypot(point[0] - last.at(-1)[0], point[1] - last.at(-1)[1]) > this.radius / 6) last.push(point);
    this.stage.marks.draw();
  }

  end() {
    this.box.querySelector("[data-apply]").disabled = !this.strokes.length;
    this.stage.marks.draw();
  }

  draw(pen) {
    pen.lineCap = pen.lineJoin = "round";
    for (const { mode, radius, points } of this.strokes) {
      pen.strokeStyle = COLOURS[mode];
      pen.lineWidth = 2 * radius;
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points.length > 1 ? points.slice(1) : points) pen.lineTo(...point);
      pen.stroke();
    }
    if (!this.mode || !this.at) return;
    for (const [colour, wide] of [["#fff", 3], ["#1d211f", 1]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = wide;
      pen.beginPath();
      pen.arc(...this.at, this.radius, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  get target() {
    return this.box.querySelector("[name=brush-target]:checked")?.value === "new" ? "new" : this.stage.layers.active;
  }

  undo() {
    if (this.strokes.pop()) return this.end();
    if (this.target && this.target !== "new") this.send("undo/", { garment: this.target });
    else say(text("nothingToUndo"));
  }

  apply() {
    const zoom = this.stage.stand.dataset.width / this.stage.width;
    const scaled = (number) => Math.round(10 * number * zoom) / 10;
    const strokes = this.strokes.map(({ mode, radius, points }) => ({ mode, radius: scaled(radius), points: points.map((point) => point.map(scaled)) }));
    const label = this.target === "new" ? { label: this.box.querySelector("[data-label]").value } : {};
    this.send("", { garment: this.target, ...label, strokes });
  }

  async send(path, asked) {
    const button = this.box.querySelector("[data-apply]");
    button.disabled = true;
    try {
      await sendJson(this.stage.stand.dataset.strokes + path, asked);
      this.stage.tell(text("preparing"));
      const preview = await whenReady(this.stage);
      if (!preview) return;
      const painted = asked.garment === "new" && preview.garments.find((garment) => !this.stage.garment(garment.id) && garment.id !== "all");
      if (painted) Object.assign(this.stage.layers, { active: painted.id }).save();
      await refresh(["garment-side"]);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message || text("refused"), "error");
      this.stage.tell("");
      this.end();
    }
  }
}
