// Before and after: one picture over the other, cut where the slider is.

export function mountCompare(side) {
  const figure = side.querySelector("[data-compare]");
  if (!figure) return;
  const [before, sweep] = [figure.querySelector(".before"), figure.querySelector(".sweep")];
  const slider = sweep.querySelector("input");
  const cut = () => figure.style.setProperty("--cut", `${100 - slider.value}%`);
  before.hidden = sweep.hidden = false;
  slider.addEventListener("input", cut);
  cut();
}
