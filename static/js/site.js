// What every page gains from scripting: a banner while the site cannot be reached, and the chosen one of a strip in view.
import { lost, found } from "./net.js";

document.documentElement.classList.add("scripted");
document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:afterOnLoad", found);
addEventListener("offline", lost);
