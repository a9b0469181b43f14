// The bar under the history: how much is selected, and all at once. Without this the bar works too.
import "./copy.js";

const bar = document.getElementById("selected");
const boxes = [...document.querySelectorAll("input[form=selected]")];
const count = bar.querySelector("[data-count]");
const all = bar.querySelector("[data-all]");

function tell() {
  const ticked = boxes.filter((box) => box.checked).length;
  const text = ticked === 0 ? count.dataset.none : ticked === 1 ? count.dataset.one : count.dataset.many.replace("%d", ticked);
  if (count.textContent !== text) count.textContent = text;
  for (const button of bar.querySelectorAll("button[name=do]")) button.disabled = ticked === 0;
  bar.classList.toggle("idle", ticked === 0);
}

for (const box of boxes) box.addEventListener("change", tell);
all.hidden = boxes.length === 0;
all.addEventListener("click", () => {
  const every = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !every;
  tell();
});
// The browser fills ticks in again after "back" without an event.
window.addEventListener("pageshow", tell);
tell();
