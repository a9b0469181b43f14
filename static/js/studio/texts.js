// Sentences for the page, translated by the template, with {name}s filled in.

const texts = document.getElementById("texts").dataset;

export const text = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

/** Say something in the page's message area, where screen readers hear it. */
export function say(sentence, kind = "info") {
  const list = document.createElement("ul");
  list.className = "messages";
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = sentence;
  list.append(item);
  fill(list);
}

/** Say what another page's message area says. */
export const repeat = (messages) => fill(...document.adoptNode(messages).childNodes);

/** The area itself stays: screen readers watch it, and commonly pass over one that comes into the page filled. */
const fill = (...nodes) => document.getElementById("messages").replaceChildren(...nodes);
