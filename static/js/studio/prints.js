// The wall: how many of the asked-for prints have arrived, and sliders that say their value.
import { text } from "./texts.js";

export function mountPrints(side) {
  count(side);
  for (const slider of side.querySelectorAll("[data-percent]")) {
    const output = document.createElement("output");
    const tell = () => (output.textContent = `${Math.round(100 * slider.value)} %`);
    slider.addEventListener("input", tell);
    slider.after(output);
    tell();
  }
  const current = side.querySelector(".strip [aria-current]");
  const strip = current?.closest(".strip");
  if (strip && !strip.scrollLeft) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

function count(side) {
  const box = side.querySelector("#arriving");
  if (!box) return;
  const prints = [...side.querySelectorAll(".print")];
  const waiting = prints.filter((print) => print.hasAttribute("data-waiting"));
  for (const print of waiting) if (!count.asked.has(print.dataset.asked)) count.asked.add(print.dataset.asked);
  const batch = prints.filter((print) => count.asked.has(print.dataset.asked));
  const done = batch.length - waiting.length;
  box.hidden = !waiting.length;
  if (!waiting.length) count.asked.clear();
  box.querySelector("[data-arriving]").textContent = text("drawn", { done, total: batch.length });
  Object.assign(box.querySelector("progress"), { max: batch.length || 1, value: done });
}
count.asked = new Set();

document.addEventListener("htmx:afterSettle", () => count(document.getElementById("print-side")));
