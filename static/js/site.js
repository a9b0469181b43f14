// What the pages gain from scripting: drop and paste of a photo, the repeated cloth, the chosen one in view, before and after. Forms work without it.

for (const cloth of document.querySelectorAll("[data-tile]")) {
  cloth.style.background = `url("${cloth.dataset.tile}") 0 0 / 300px`;
}

for (const chosen of document.querySelectorAll(".strip [aria-current]")) {
  const strip = chosen.closest(".strip");
  strip.scrollLeft = chosen.offsetLeft - strip.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
}

const drop = document.querySelector("[data-drop]");
if (drop) {
  const input = drop.querySelector("input[type=file]");
  const take = (files) => {
    const photo = [...files].find((file) => file.type.startsWith("image/"));
    if (!photo) return;
    const list = new DataTransfer();
    list.items.add(photo);
    input.files = list.files;
    drop.requestSubmit();
  };
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); take(event.dataTransfer.files); });
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
}

const toggle = document.querySelector("[data-toggle-before]");
toggle?.addEventListener("click", () => {
  const [after, before] = document.querySelectorAll("[data-compare] img");
  const showBefore = before.hidden;
  before.hidden = !showBefore;
  after.hidden = showBefore;
  toggle.setAttribute("aria-pressed", String(showBefore));
});
