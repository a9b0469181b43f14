// The page of a training run: state, curves, samples and log, asked for again every two seconds while it is open.

const EVERY_MS = 2000;
const page = document.getElementById("run");
const find = (id) => document.getElementById(id);
const words = page.dataset;
const theme = getComputedStyle(document.documentElement);
const ink = theme.getPropertyValue("--body-fg").trim() || "#333";
const line = theme.getPropertyValue("--hairline-color").trim() || "#ddd";

Chart.defaults.color = ink;
Chart.defaults.borderColor = line;

function curve(id, names, range) {
  const colours = ["#d1495b", "#2e86ab"];
  return new Chart(find(id), {
    type: "line",
    data: {
      datasets: names.map((label, index) => ({
        label,
        data: [],
        borderColor: colours[index],
        backgroundColor: colours[index],
        borderWidth: 1.5,
        pointRadius: 0,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: { x: { type: "linear", title: { display: true, text: words.step } }, y: range },
    },
  });
}

const losses = curve("losses", ["loss_D", "loss_G"], { beginAtZero: true });
const beliefs = curve("beliefs", ["D(x)", "D(G(z))"], { min: 0, max: 1 });

function draw(chart, points, columns) {
  columns.forEach((column, index) => {
    chart.data.datasets[index].data = points.map((point) => ({ x: point[0], y: point[column] }));
  });
  const only = points.length === 1 ? 3 : 0; // a line of one point would not be seen
  for (const set of chart.data.datasets) set.pointRadius = only;
  chart.update("none");
}

function duration(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

let samples = [];
const slider = find("sample");

function showSample() {
  const sample = samples[Number(slider.value)];
  if (!sample) return;
  const picture = find("sample-picture");
  if (picture.getAttribute("src") !== sample.url) picture.src = sample.url;
  find("sample-words").textContent =
    `${words.step} ${sample.step}, ${words.epoch} ${sample.epoch}, ${words.diversity} ${sample.diversity}`;
}

slider.addEventListener("input", showSample);

function showSamples(found) {
  const followed = Number(slider.value) >= samples.length - 1; // who looks at an old one keeps looking at it
  samples = found;
  find("samples").hidden = !samples.length;
  find("no-sample").hidden = samples.length > 0;
  slider.max = Math.max(0, samples.length - 1);
  if (followed) slider.value = slider.max;
  showSample();
}

function showNotes(notes) {
  const list = find("notes");
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
  list.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement("li");
      const time = document.createElement("time");
      time.textContent = note.at;
      item.append(time, ` ${note.text}`);
      return item;
    }),
  );
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function show(live) {
  find("state").textContent = live.state_text;
  find("phase").textContent = live.phase;
  find("progress").value = live.share;
  find("percent").textContent = `${Math.round(100 * live.share)} %`;
  const of = live.steps ? ` / ${live.steps}` : "";
  find("steps").textContent = live.step ? `· ${words.step} ${live.step}${of}, ${words.epoch} ${live.epoch}` : "";
  const left = live.is_open && live.seconds_left !== null;
  find("left").textContent = left ? `· ${duration(live.seconds_left)} ${words.left}` : "";
  find("error").textContent = live.error;
  find("error").hidden = !live.error;
  for (const button of page.querySelectorAll("button[name=deed]")) button.hidden = !live.can[button.value];
  find("version").hidden = !live.version;
  find("version").href = live.version;
  draw(losses, live.points, [1, 2]);
  draw(beliefs, live.points, [3, 4]);
  showSamples(live.samples);
  showNotes(live.notes);
}

async function follow() {
  let open = true;
  try {
    const response = await fetch(words.live, { cache: "no-store", headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.statusText);
    const live = await response.json();
    find("offline").hidden = true;
    show(live);
    open = live.is_open;
  } catch {
    find("offline").textContent = words.unreachable;
    find("offline").hidden = false;
  }
  if (open) setTimeout(follow, EVERY_MS);
}

const first = JSON.parse(find("live").textContent);
show(first);
if (first.is_open) setTimeout(follow, EVERY_MS);
