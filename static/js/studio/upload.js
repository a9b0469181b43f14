// A photo is dropped anywhere on the garment's side, pasted, picked or taken, and goes up at once.
import { token } from "../net.js";
import { choose } from "./regions.js";
import { repeat, say, text } from "./texts.js";

let take = () => {};

export function mountUpload(side) {
  const form = side.querySelector("[data-drop]");
  const bar = form.querySelector("[data-upload]");
  take = (files) => {
    const photo = [...files].find((file) => file.type.startsWith("image/") || /\.(heic|heif)$/i.test(file.name));
    if (photo) send(form, bar, photo);
    else if (files.length) say(text("notPicture"), "error");
  };
  for (const input of form.querySelectorAll("input[type=file]")) {
    // Whatever was picked is for the site to judge: it decodes the file, and says what is wrong with it.
    input.addEventListener("change", () => input.files[0] && send(form, bar, input.files[0]));
  }
  side.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  side.addEventListener("dragleave", () => form.classList.remove("over"));
  side.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("over"); take(event.dataTransfer.files); });
}

document.addEventListener("paste", (event) => take(event.clipboardData.files));

/** XMLHttpRequest, because fetch() does not tell how much of a file has gone up. */
function send(form, bar, photo) {
  const asked = new FormData(form);
  asked.delete("photo");
  asked.append("photo", photo, photo.name || "pasted.png");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRFToken", token());
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    if (request.status !== 200) return say(text(request.status ? "refused" : "notSent"), "error");
    const messages = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("messages");
    const photoId = new URL(request.responseURL).searchParams.get("photo");
    if (messages?.querySelector("li")) repeat(messages);
    else choose({ photo: photoId, design: null }, ["garment-side", "result-side"]);
  });
  request.send(asked);
}
