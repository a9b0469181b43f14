// The form of a new run: choosing a preset fills in its numbers.

const presets = JSON.parse(document.getElementById("presets").textContent);
const form = document.getElementById("train-form");
// How long and with what to measure is the person's to say, whatever the preset.
const kept = new Set(["minutes", "epochs", "hold_out", "cut", "seed"]);

form.elements.preset.addEventListener("change", () => {
  for (const [name, value] of Object.entries(presets[form.elements.preset.value] ?? {})) {
    const field = form.elements[name];
    if (!field || kept.has(name)) continue;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value ?? "";
  }
});
