// Shows one machine's numbers as they come.
import { byId, followEvents, node, nowKnown, timeOfDay } from "../../../shared/page/live.js";

const MAX_ROWS = 100;
const MAX_BARS = 40;
const SVG = "http://www.w3.org/2000/svg";

/** Newest first, as the server sends them. */
let numbers = [];
let view = { machine: document.title, isDurable: true, missingAfterMs: 30_000 };
let shown = "";

function showChanged({ numbers: changed, ...rest }) {
  view = rest;
  const known = new Map(numbers.map((entry) => [entry.number, entry]));
  const fresh = new Set(changed.map(({ number }) => number).filter((key) => !known.has(key)));
  for (const entry of changed) known.set(entry.number, entry);
  numbers = [...known.values()]
    .toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))
    .slice(0, MAX_ROWS);
  render(fresh);
}

function showAll(all) {
  if (all === null) return;
  nowKnown();
  view = all;
  numbers = all.numbers;
  render(new Set());
}

/** Machines, each with the time of the first number it has acknowledged. */
function machinesSince() {
  const since = new Map([[view.machine, Infinity]]);
  for (const { time, acknowledgements } of numbers) {
    for (const { machine } of acknowledgements) {
      since.set(machine, Math.min(Date.parse(time), since.get(machine) ?? Infinity));
    }
  }
  const oldest = numbers.length === 0 ? 0 : Date.parse(numbers.at(-1).time);
  if (since.get(view.machine) === Infinity) since.set(view.machine, oldest);
  return new Map([...since].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function acknowledgementOf(entry, machine, sinceMs) {
  const found = entry.acknowledgements.find((each) => each.machine === machine);
  if (found) return { state: "good", text: `✓ ${formatMs(found.latencyMs)}` };
  // Stored here, though the broker has not brought this machine's own word back.
  if (machine === view.machine && entry.latencyMs !== null)
    return { state: "good", text: "✓ here" };
  const atMs = Date.parse(entry.time);
  if (atMs < sinceMs) return { state: "", text: "–" };
  if (Date.now() - atMs < view.missingAfterMs) return { state: "wait", text: "waiting" };
  return { state: "bad", text: "missing" };
}

function render(fresh) {
  byId("memory").hidden = view.isDurable;
  byId("empty").hidden = numbers.length > 0;
  const since = machinesSince();
  const rows = numbers.map((entry) => ({
    entry,
    states: [...since].map(([machine, sinceMs]) => acknowledgementOf(entry, machine, sinceMs)),
  }));

  renderFigures(rows);
  renderNewest(fresh);
  // Rows that say the same stay: a reader may have selected them.
  const said = JSON.stringify([[...since.keys()], rows]);
  if (said === shown) return;
  shown = said;
  const headings = [...since.keys()].map((machine) => node("th", machine, { scope: "col" }));
  byId("columns").replaceChildren(...[...byId("columns").children].slice(0, 3), ...headings);
  byId("rows").replaceChildren(...rows.map((row) => tableRow(row, fresh)));
}

function tableRow({ entry, states }, fresh) {
  const row = document.createElement("tr");
  if (fresh.has(entry.number)) row.className = "fresh";
  const latency = entry.latencyMs === null ? "not here" : formatMs(entry.latencyMs);
  row.append(
    node("th", entry.value, { scope: "row", className: "number" }),
    node("td", timeOfDay(entry.time)),
    node("td", latency, { className: "number" }),
    ...states.map(({ state, text }) => {
      const td = document.createElement("td");
      td.append(node("span", text, { className: state === "" ? "quiet" : `mark ${state}` }));
      return td;
    }),
  );
  return row;
}

function renderFigures(rows) {
  const latencies = numbers
    .map(({ latencyMs }) => latencyMs)
    .filter((latencyMs) => latencyMs !== null)
    .toSorted((a, b) => a - b);
  const missing = rows
    .flatMap(({ states }) => states)
    .filter(({ state }) => state === "bad").length;
  const due = rows.filter(({ states }) => states.every(({ state }) => state !== "wait"));
  const complete = due.filter(({ states }) => states.every(({ state }) => state !== "bad")).length;
  byId("count").textContent = numbers.length;
  byId("latency").textContent =
    latencies.length === 0 ? "–" : formatMs(latencies[Math.floor(latencies.length / 2)]);
  byId("complete").textContent =
    due.length === 0 ? "–" : `${Math.floor((complete / due.length) * 100)} %`;
  byId("missing").textContent = missing;
  byId("missing").classList.toggle("bad", missing > 0);
}

function renderNewest(fresh) {
  const [newest] = numbers;
  if (newest === undefined) return;
  const value = String(newest.value);
  if (byId("value").textContent !== value || fresh.size > 0) byId("value").textContent = value;
  byId("when").textContent = `${timeOfDay(newest.time)}, ${ago(newest.time)}`;

  const bars = numbers.slice(0, MAX_BARS).toReversed();
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${MAX_BARS * 10} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  const offset = MAX_BARS - bars.length;
  for (const [index, { value: bar, latencyMs }] of bars.entries()) {
    const height = 2 + (bar / 999) * 98;
    const rect = document.createElementNS(SVG, "rect");
    const box = { x: (offset + index) * 10 + 1, y: 100 - height, width: 8, height };
    for (const [name, size] of Object.entries(box)) rect.setAttribute(name, size);
    if (latencyMs === null) rect.setAttribute("class", "not-here");
    svg.append(rect);
  }
  byId("chart").replaceChildren(svg);
}

function formatMs(ms) {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`;
}

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ago`
    : `${Math.floor(seconds / 3600)} h ago`;
}

// Waiting becomes missing by time alone.
setInterval(() => document.hidden || numbers.length === 0 || render(new Set()), 1_000);

showAll(JSON.parse(byId("state").textContent));
followEvents({ snapshot: showAll, numbers: showChanged });
