// Asking the site: the CSRF token goes along, and what finds no connection is asked again until it is back.

const banner = document.getElementById("offline");
const waiting = new Set();
let timer = 0;

/** Show that the site cannot be reached, and look for it every few seconds. */
export function lost() {
  banner.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(look, 3000);
}

export function found() {
  if (banner.hidden) return;
  banner.hidden = true;
  clearTimeout(timer);
  for (const go of waiting) go();
  waiting.clear();
}

async function look() {
  try {
    await fetch("/healthz", { cache: "no-store" });
    found();
  } catch {
    lost();
  }
}

banner.querySelector("button").addEventListener("click", look);
addEventListener("online", look);

/** fetch(), but a lost connection is waited for. Answers of any status are returned. */
export async function ask(address, options = {}) {
  for (;;) {
    try {
      const answer = await fetch(address, { ...options, headers: { "X-CSRFToken": token(), ...options.headers } });
      found();
      return answer;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      lost();
      await new Promise((go) => waiting.add(go));
    }
  }
}

export async function askJson(address, options = {}) {
  const answer = await ask(address, { ...options, headers: { Accept: "application/json", ...options.headers } });
  const found = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(found?.error ?? "", answer.status);
  return found;
}

export const sendJson = (address, content) =>
  askJson(address, { method: "POST", body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });

/** The site said no; the message is a sentence for the person, or empty. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
