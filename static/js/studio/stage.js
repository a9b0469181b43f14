// The garment on its stand: found clothes outlined and chosen by a click, prints on them at once, placed by hand.
import { askJson, Refused, sendJson } from "../net.js";
import { mountBrush } from "./brush.js";
import { mountControls } from "./controls.js";
import { Layers, REPEAT_CM, withinScales } from "./layers.js";
import { garmentAt, loadMaps } from "./maps.js";
import { Marks } from "./marks.js";
import { choose } from "./regions.js";
import { WebglRenderer } from "./renderer.js";
import { CanvasRenderer } from "./renderer2d.js";
import { say, text } from "./texts.js";
import { tileOf } from "./tiles.js";

const POLL_MS = 1000;
let live = null;
let chosen = null;

/** A print was opened: the active garment wears it. */
export function choosePrint(side) {
  const print = side.dataset.print ? JSON.parse(side.dataset.print) : null;
  const changed = print && print.id !== chosen?.id;
  chosen = print;
  if (changed && live?.layers) live.dress(print);
}

export const mountStage = (side) => mount(side);

async function mount(side, { again = false } = {}) {
  live?.free();
  const stand = side.querySelector("#stand");
  if (!stand?.dataset.preview) return (live = null);
  const stage = (live = new Stage(side, stand));
  try {
    if (again) await askJson(stand.dataset.preview, { method: "POST" });
    const preview = await whenReady(stage);
    if (preview && stage === live) await stage.show(preview);
  } catch (error) {
    const refused = error instanceof Refused;
    if (!refused) console.info(`No live preview: ${error.message}`);
    if (stage === live) stage.fail(refused ? error.message : "");
  }
}

/** The photo's preview once the worker has made its maps; null when the stage is gone by then. */
export async function whenReady(stage) {
  for (;;) {
    const preview = await askJson(stage.stand.dataset.preview);
    if (!stage.alive) return null;
    if (preview.state === "ready") return preview;
    if (preview.state === "failed") throw new Refused(preview.error, 409);
    stage.tell(text("preparing"));
    await new Promise((go) => setTimeout(go, POLL_MS));
  }
}

export class Stage {
  constructor(side, stand) {
    Object.assign(this, { side, stand, alive: true, layers: null });
    this.form = side.querySelector("#dress");
  }

  tell(sentence) {
    this.side.querySelector("[data-live-state]").textContent = sentence;
  }

  /** There is no preview: say why, and offer to have it made anew. */
  fail(reason) {
    this.tell(`${reason} ${text("noPreview")}`.trim());
    const button = this.side.querySelector("[data-again]");
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      mount(this.side, { again: true });
    };
  }

  async show(preview) {
    const { width, height } = preview;
    Object.assign(this, { width, height, preview });
    const photo = this.stand.querySelector("img.picture");
    if (preview.photo) photo.src = preview.photo;
    await photo.decode();
    this.garments = await Promise.all(preview.garments.map((garment) => loadMaps(garment, width, height)));
    if (!this.alive) return;
    const fresh = () => Object.assign(document.createElement("canvas"), { className: "shown", ariaHidden: "true" });
    const help = this.form ? text("drag") : "";
    this.canvas = fresh();
    try {
      this.renderer = new WebglRenderer(this.canvas, photo, width, height);
      this.tell(help);
    } catch {
      this.canvas = fresh(); // the first one may have a context of the other kind
      this.renderer = new CanvasRenderer(this.canvas, photo, width, height);
      this.tell(`${text("simple")} ${help}`);
    }
    this.stand.append(this.canvas);
    this.marks = new Marks(this);
    const { photo: id, design, layers } = this.stand.dataset;
    this.layers = new Layers(id, design, layers ? JSON.parse(layers) : [], Number(this.form?.dataset.firstCm));
    this.layers.list = this.layers.list.filter((layer) => this.garment(layer.garment));
    if (!this.garment(this.layers.active)) this.layers.active = this.start();
    this.controls = this.form ? mountControls(this) : null;
    this.brush = mountBrush(this);
    this.hands();
    if (!this.layers.list.length && chosen) this.dress(chosen);
    this.form?.addEventListener("submit", (event) => this.make(event));
    this.stand.classList.add("live");
    this.update();
  }

  /** The garment that the form has checked, or the first. */
  start() {
    const checked = this.form?.querySelector("input[name=garment]:checked");
    return checked ? checked.value || "all" : (this.garments[0]?.id ?? null);
  }

  garment(id) {
    return this.garments.find((garment) => garment.id === id);
  }

  /** Width and height of a repeat in pixels of the preview. */
  repeatOf(layer, tile) {
    const across = (layer.scale * REPEAT_CM) / this.preview.cm_per_px;
    return [across, (across * tile.naturalHeight) / tile.naturalWidth];
  }

  dress(print) {
    this.layers.dress(print, this.controls?.placing() ?? { scale: 1, rotation: 0, offset: [0, 0] });
    this.update();
  }

  activate(id) {
    this.layers.active = id;
    this.layers.save();
    if (!this.layers.current && chosen && id) this.dress(chosen);
    else this.update();
  }

  undress(id) {
    this.layers.undress(id);
    this.update();
  }

  /** Something changed: keep it, and show it with the next frame. */
  update({ moving = false } = {}) {
    this.layers.save();
    this.controls?.show();
    this.moving = moving;
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    if (!this.alive) return;
    const ready = [];
    for (const layer of this.layers.list) {
      const tile = tileOf(layer.print, () => this.update());
      if (!tile) continue;
      ready.push({
        garment: this.garment(layer.garment),
        tile,
        repeat: this.repeatOf(layer, tile),
        angle: (layer.rotation * Math.PI) / 180,
        offset: layer.offset,
      });
    }
    const how = { moving: this.moving, zoom: this.stand.dataset.width / this.width };
    if (ready.length) how.coarse = (this.slow ??= this.isSlow(ready, how.zoom)) && this.moving;
    this.renderer.draw(ready, this.preview.bend_most, how);
    this.marks.draw();
    this.stand.dataset.drawn = String(ready.length);
  }

  /** Whether a frame of something that moves takes too long for thirty a second. */
  isSlow(ready, zoom) {
    const frame = () => {
      const start = performance.now();
      this.renderer.draw(ready, this.preview.bend_most, { moving: true, zoom });
      this.renderer.finish();
      return performance.now() - start;
    };
    frame(); // compiles and uploads
    return frame() > 25;
  }

  hands() {
    const board = this.marks.canvas;
    const touches = new Map();
    const place = (event) => [(event.offsetX * this.width) / board.clientWidth, (event.offsetY * this.height) / board.clientHeight];
    let travelled = 0;
    board.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      board.setPointerCapture(event.pointerId);
      touches.set(event.pointerId, place(event));
      travelled = 0;
      this.brush.start(place(event));
    });
    board.addEventListener("pointermove", (event) => {
      const now = place(event);
      const before = touches.get(event.pointerId);
      if (this.brush.mode) return this.brush.move(now, Boolean(before));
      if (!before) return this.marks.point(garmentAt(this.garments, this.width, this.height, ...now));
      touches.set(event.pointerId, now);
      const moved = [now[0] - before[0], now[1] - before[1]];
      travelled += Math.hypot(...moved);
      const other = [...touches].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.pinch(before, now, other);
      else if (travelled > 4) this.drag(...moved);
    });
    const end = (event) => {
      const was = touches.get(event.pointerId);
      touches.delete(event.pointerId);
      if (!was) return;
      if (this.brush.mode) return this.brush.end();
      if (event.type === "pointerup" && travelled <= 4) {
        const hit = garmentAt(this.garments, this.width, this.height, ...was);
        if (hit) this.activate(hit.id);
      } else this.update();
    };
    board.addEventListener("pointerup", end);
    board.addEventListener("pointercancel", end);
    board.addEventListener("pointerleave", () => this.marks.point(null));
    board.addEventListener("wheel", (event) => {
      const layer = this.layers.current;
      const on = layer && this.garment(layer.garment).pixels[4 * (Math.floor(place(event)[1]) * this.width + Math.floor(place(event)[0]))] > 127;
      if (!on || this.brush.mode) return;
      event.preventDefault();
      this.resize(Math.exp(-event.deltaY / 600));
    }, { passive: false });
  }

  drag(dx, dy) {
    const layer = this.layers.current;
    const tile = layer && tileOf(layer.print);
    if (!tile) return;
    const [across, down] = this.repeatOf(layer, tile);
    const angle = (layer.rotation * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    layer.offset = [wrapped(layer.offset[0] + (cos * dx + sin * dy) / across), wrapped(layer.offset[1] + (-sin * dx + cos * dy) / down)];
    this.update({ moving: true });
  }

  pinch(before, now, other) {
    const layer = this.layers.current;
    if (!layer) return;
    const [was, is] = [before, now].map((point) => [point[0] - other[0], point[1] - other[1]]);
    const turned = ((Math.atan2(is[1], is[0]) - Math.atan2(was[1], was[0])) * 180) / Math.PI;
    layer.rotation = ((layer.rotation + turned + 540) % 360) - 180;
    this.resize(Math.hypot(...is) / Math.max(1, Math.hypot(...was)));
  }

  resize(factor) {
    const layer = this.layers.current;
    if (!layer) return;
    layer.scale = withinScales(layer.scale * factor);
    this.update({ moving: true });
    clearTimeout(this.settle);
    this.settle = setTimeout(() => this.update(), 200);
  }

  async make(event) {
    event.preventDefault();
    if (!this.layers.list.length) return say(text("choosePrint"), "error");
    const button = this.form.querySelector("#make");
    button.disabled = true;
    try {
      const made = await sendJson(this.form.action, { photo: this.layers.photo, layers: this.layers.asked() });
      this.layers.becomes(made.design);
      await choose({ design: made.design }, ["result-side"]);
      document.getElementById("result").scrollIntoView({ block: "start" });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message || text("refused"), "error");
    } finally {
      button.disabled = false;
    }
  }

  free() {
    this.alive = false;
    this.renderer?.free();
  }
}

const wrapped = (share) => share - Math.round(share);
