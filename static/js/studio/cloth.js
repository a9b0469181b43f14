// The opened print as endless cloth: pan, zoom, the four repeats, and a ruler in centimetres. The repeats lie as
// generator/sampling.py lays them: a half-drop lowers every second column by half a tile, a half-brick moves every second
// row by half a tile, a mirror turns every second column and row over. The generator draws a half-drop's neighbours together;
// here the basic tile is moved, whose edges do not close upon each other at half a tile, which the page says.

const TILES = { basic: [1, 1], "half-drop": [2, 1], "half-brick": [1, 2], mirror: [2, 2] };
const PX_PER_CM = 96 / 2.54;

export function mountCloth(side) {
  const box = side.querySelector("[data-cloth]");
  if (!box) return;
  const tools = side.querySelector("[data-cloth-tools]");
  const [repeat, cm] = [tools.querySelector("[data-repeat]"), tools.querySelector("[data-cm]")];
  const moved = side.querySelector("[data-moved]");
  const kept = JSON.parse(sessionStorage.getItem("cloth") ?? "{}");
  repeat.value = kept.repeat ?? "basic";
  // Kept as a share of what the print begins with: prints of other versions have motifs of other sizes on their tiles.
  const firstCm = Number(cm.defaultValue);
  if (kept.times) cm.value = Math.round(20 * kept.times * firstCm) / 20;
  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", side.querySelector("figcaption").textContent.trim().replace(/\s+/g, " "));
  box.replaceChildren(canvas);
  tools.hidden = false;
  const view = { x: 0, y: 0, zoom: kept.zoom ?? 0.4 };
  const tile = new Image();
  let unit = null;

  const arrange = () => {
    const [across, down] = TILES[repeat.value];
    moved.hidden = !repeat.value.startsWith("half-");
    const [w, h] = [tile.naturalWidth, tile.naturalHeight];
    unit = Object.assign(document.createElement("canvas"), { width: w * across, height: h * down });
    const pen = unit.getContext("2d");
    for (let column = 0; column < across; column++) {
      for (let row = 0; row < down; row++) {
        pen.save();
        if (repeat.value === "mirror") {
          pen.translate(column * 2 * w, row * 2 * h);
          pen.scale(column ? -1 : 1, row ? -1 : 1);
          pen.drawImage(tile, 0, 0);
        } else {
          pen.beginPath();
          pen.rect(column * w, row * h, w, h);
          pen.clip();
          const dx = column * w + (repeat.value === "half-brick" ? (row * w) / 2 : 0);
          const dy = row * h + (repeat.value === "half-drop" ? (column * h) / 2 : 0);
          for (const [x, y] of [[dx, dy], [dx - w, dy], [dx, dy - h]]) pen.drawImage(tile, x, y);
        }
        pen.restore();
      }
    }
  };

  const draw = () => {
    if (!unit || !box.clientWidth) return;
    const sharp = devicePixelRatio || 1;
    const [width, height] = [box.clientWidth, box.clientHeight];
    if (canvas.width !== Math.round(width * sharp)) [canvas.width, canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
    const pen = canvas.getContext("2d");
    // Pixels of the screen for one pixel of the tile.
    const scale = (cm.value * PX_PER_CM * view.zoom * sharp) / tile.naturalWidth;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.imageSmoothingQuality = "high";
    const pattern = pen.createPattern(unit, "repeat");
    pattern.setTransform(new DOMMatrix([scale, 0, 0, scale, view.x * sharp, view.y * sharp]));
    pen.fillStyle = pattern;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    ruler(pen, canvas.width, canvas.height, sharp, PX_PER_CM * view.zoom * sharp);
  };

  const later = () => requestAnimationFrame(draw);
  const zoomBy = (factor, x = box.clientWidth / 2, y = box.clientHeight / 2) => {
    const next = Math.min(4, Math.max(0.05, view.zoom * factor));
    const real = next / view.zoom;
    Object.assign(view, { x: x - (x - view.x) * real, y: y - (y - view.y) * real, zoom: next });
    keep();
    later();
  };
  const keep = () => sessionStorage.setItem("cloth", JSON.stringify({ repeat: repeat.value, times: cm.value / firstCm, zoom: view.zoom }));

  const touches = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, [event.offsetX, event.offsetY]);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    const other = [...touches].find(([id]) => id !== event.pointerId)?.[1];
    const now = [event.offsetX, event.offsetY];
    if (other) zoomBy(Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])), ...other);
    else Object.assign(view, { x: view.x + now[0] - before[0], y: view.y + now[1] - before[1] });
    touches.set(event.pointerId, now);
    later();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => touches.delete(event.pointerId));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [20, 0], ArrowRight: [-20, 0], ArrowUp: [0, 20], ArrowDown: [0, -20] }[event.key];
    if (step) Object.assign(view, { x: view.x + step[0], y: view.y + step[1] });
    else if (event.key === "+" || event.key === "-") zoomBy(event.key === "+" ? 1.25 : 0.8);
    else return;
    event.preventDefault();
    later();
  });
  for (const button of tools.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoomBy(Number(button.dataset.zoom)));
  repeat.addEventListener("change", () => { arrange(); keep(); draw(); });
  cm.addEventListener("input", () => { if (cm.value > 0) { keep(); draw(); } });
  new ResizeObserver(draw).observe(box);
  tile.addEventListener("load", () => { arrange(); draw(); });
  tile.src = box.dataset.tile;
}

/** Centimetres along the upper and the left edge, numbered as finely as there is room. */
function ruler(pen, width, height, sharp, cm) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((each) => each * cm > 34 * sharp) ?? 500;
  const thick = 18 * sharp;
  pen.fillStyle = "#fffdf8e6";
  pen.fillRect(0, 0, width, thick);
  pen.fillRect(0, thick, thick, height);
  pen.fillStyle = "#1d211f";
  pen.font = `${10 * sharp}px system-ui, sans-serif`;
  pen.textBaseline = "top";
  for (const [length, along] of [[width, true], [height, false]]) {
    for (let at = 0, number = 0; at < length; number += step / 5, at = number * cm) {
      const whole = Math.abs(number / step - Math.round(number / step)) < 1e-6;
      const mark = (whole ? 8 : 4) * sharp;
      if (along) pen.fillRect(at, thick - mark, sharp, mark);
      else pen.fillRect(thick - mark, at, mark, sharp);
      if (whole && number && along) pen.fillText(number, at + 2 * sharp, 1 * sharp);
      if (whole && number && !along && at > thick) { pen.save(); pen.translate(1 * sharp, at - 2 * sharp); pen.rotate(-Math.PI / 2); pen.fillText(number, 0, 0); pen.restore(); }
    }
  }
  pen.fillText("cm", 2 * sharp, 3 * sharp);
}
