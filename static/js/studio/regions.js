// The studio's regions are drawn by the server. A form or a choice changes the address and swaps only the regions that it
// concerns, so that the garment on its stand stays as it is while prints come and go.
import { ask } from "../net.js";
import { repeat, say, text } from "./texts.js";

const REGIONS = "#print-side, #garment-side, #result-side";
const KEPT = ["category", "pattern", "photo", "design"];
const mounts = {};
const turns = new Map();
let latest = 0;

/** Call `mount(region)` for a region now and whenever it is drawn anew. */
export function onRegion(id, mount) {
  (mounts[id] ??= []).push(mount);
  mount(document.getElementById(id));
}

/** Go to the studio's address with some parts changed (null takes one away), and draw some regions anew. */
export function choose(changes, ids) {
  const address = new URL(location);
  address.searchParams.delete("hidden");
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  address.hash = "";
  return load(address, ids);
}

export const refresh = (ids) => load(new URL(location), ids);

async function load(address, ids) {
  return show(ids, () => ask(address));
}

/** Ask, and show what comes; an answer that a later question about the same region has overtaken is dropped. */
async function show(asked, question) {
  const turn = ++latest;
  for (const id of asked) turns.set(id, turn);
  const answer = await question();
  const ids = asked.filter((id) => turns.get(id) === turn);
  const type = answer.headers.get("Content-Type") ?? "";
  if (!answer.ok || !type.startsWith("text/html")) return say(text("refused"), "error");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const address = new URL(answer.url);
  address.hash = "";
  if (address.pathname === location.pathname && address.search !== location.search) history.pushState(null, "", address);
  if (ids.length) repeat(fresh.getElementById("messages"));
  for (const id of ids) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now) continue;
    const open = new Set([...old.querySelectorAll("details[open]")].map((one) => one.id));
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const scrolled = [...old.querySelectorAll(".strip")].map((strip) => strip.scrollLeft);
    const adopted = document.adoptNode(now);
    for (const details of adopted.querySelectorAll("details")) if (open.has(details.id)) details.open = true;
    old.replaceWith(adopted);
    window.htmx?.process(adopted);
    adopted.querySelectorAll(".strip").forEach((strip, number) => (strip.scrollLeft = scrolled[number] ?? 0));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    for (const mount of mounts[id] ?? []) mount(adopted);
  }
  keepForms();
}

/** What forms carry along is what the address says now, also in regions that were drawn before. */
function keepForms() {
  const query = new URL(location).searchParams;
  for (const form of document.querySelectorAll("#studio form[method=post]")) {
    for (const name of KEPT) {
      form.querySelector(`input[name=keep_${name}]`)?.remove();
      if (query.get(name)) form.append(hidden(`keep_${name}`, query.get(name)));
    }
    const next = form.querySelector("input[name=next]");
    if (next) next.value = location.pathname + location.search;
  }
}

function hidden(name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  return input;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-choose]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.getAttribute("aria-current")) return;
  const changes = { [link.dataset.choose]: link.dataset.value };
  if (link.dataset.choose === "category") return choose({ ...changes, pattern: null }, ["print-side"]);
  choose({ ...changes, design: null }, ["garment-side", "result-side"]);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const region = form.closest(REGIONS);
  if (event.defaultPrevented || !region) return;
  event.preventDefault();
  const asked = new FormData(form, event.submitter);
  if (form.id === "choose-print") return choose({ pattern: asked.get("pattern") }, ["print-side"]);
  form.setAttribute("aria-busy", "true");
  // The browser follows the redirect to the studio's new address; a region of a job is drawn anew with what became of it.
  const ids = form.id === "dress" ? ["garment-side", "result-side"] : [region.id];
  show(ids, () => ask(form.action, { method: "POST", body: asked }));
});

document.addEventListener("job-done", (event) => {
  const region = event.target.closest(REGIONS);
  if (region) refresh([region.id]);
});

document.addEventListener("htmx:afterSettle", keepForms);

addEventListener("popstate", () => location.reload());
export const ready = keepForms;
