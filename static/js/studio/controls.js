// The form under the garment, made live: it shows and changes the active garment's layer.
import { REPEAT_CM, withinScales } from "./layers.js";
import { text } from "./texts.js";

// The slider of sizes is logarithmic: 1 to 400 cm over its 1000 steps.
const toCm = (step) => 400 ** (step / 1000);
const toStep = (cm) => (1000 * Math.log(cm)) / Math.log(400);

export function mountControls(stage) {
  const { form } = stage;
  const field = Object.fromEntries(["repeat_cm", "rotation", "offset_x", "offset_y"].map((name) => [name, form.elements[name]]));
  const slider = Object.fromEntries([...form.querySelectorAll("[data-slider]")].map((one) => [one.dataset.slider, one]));

  const placing = () => ({
    scale: withinScales((Number(field.repeat_cm.value) || REPEAT_CM) / REPEAT_CM),
    rotation: Number(field.rotation.value) || 0,
    offset: [Number(field.offset_x.value) || 0, Number(field.offset_y.value) || 0],
  });
  const changed = (moving) => {
    const layer = stage.layers.current;
    if (layer) Object.assign(layer, placing());
    stage.update({ moving });
  };

  for (const [name, input] of Object.entries(field)) {
    const slide = slider[name];
    slide.hidden = false;
    input.addEventListener("input", () => input.checkValidity() && changed(true));
    input.addEventListener("change", () => changed(false));
    slide.addEventListener("input", () => {
      input.value = name === "repeat_cm" ? round(toCm(slide.value)) : slide.value;
      changed(true);
    });
    slide.addEventListener("change", () => changed(false));
  }

  for (const worn of form.querySelectorAll(".worn")) {
    const id = worn.dataset.garment;
    worn.querySelector("input").addEventListener("change", () => stage.activate(id));
    const off = document.createElement("button");
    Object.assign(off, { type: "button", className: "quiet icon take-off", textContent: "×", hidden: true, id: `take-off-${id}` });
    off.setAttribute("aria-label", text("takeOff", { name: worn.textContent.trim() }));
    off.addEventListener("click", () => { stage.undress(id); worn.querySelector("input").focus(); });
    const swatch = Object.assign(new Image(28, 28), { className: "worn-print", alt: "", hidden: true });
    worn.querySelector("label").prepend(swatch);
    worn.append(off);
  }

  const show = () => {
    const { layers } = stage;
    for (const worn of form.querySelectorAll(".worn")) {
      const layer = layers.of(worn.dataset.garment);
      worn.querySelector("input").checked = layers.active === worn.dataset.garment;
      worn.querySelector(".take-off").hidden = !layer;
      const swatch = worn.querySelector(".worn-print");
      swatch.hidden = !layer;
      if (layer && swatch.getAttribute("src") !== layer.print.url) Object.assign(swatch, { src: layer.print.url, title: layer.print.name });
    }
    const layer = layers.current;
    if (layer) {
      layers.firstCm = layers.cmOf(layer);
      const values = { repeat_cm: round(layer.scale * REPEAT_CM), rotation: round(layer.rotation), offset_x: round(layer.offset[0]), offset_y: round(layer.offset[1]) };
      for (const [name, value] of Object.entries(values)) {
        if (document.activeElement !== field[name]) field[name].value = value;
        if (document.activeElement !== slider[name]) slider[name].value = name === "repeat_cm" ? toStep(value) : value;
      }
    }
    form.querySelector("#make").disabled = !layers.list.length;
    form.querySelector("[data-need]").textContent = layers.list.length ? "" : text("choosePrint");
  };
  return { placing, show };
}

const round = (value) => Math.round(100 * value) / 100;
