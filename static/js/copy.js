// Buttons that copy what stands beside them: the field of a link, or a piece of code.
for (const button of document.querySelectorAll("[data-copy]")) {
  const from = button.closest(".link, .code").querySelector("input, pre");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    button.setAttribute("aria-pressed", "true");
  });
}
