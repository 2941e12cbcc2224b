// Shows the journal as it grows.
import { byId, followEvents, node, nowKnown, short, timeOfDay } from "../../../shared/page/live.js";

const KINDS = ["dead-letter", "decision", "settlement", "classification"];
const MAX_ROWS = 100;
/** Of each kind at first: a hundred dead letters must not put the decisions out of sight. */
const FIRST_ROWS = 10;

/** Elements by key of their entry. */
const shown = new Map();

function showAll(view) {
  if (view === null) return;
  const keys = new Set(view.entries.map(({ key }) => key));
  for (const [key, element] of shown) {
    if (keys.has(key)) continue;
    element.remove();
    shown.delete(key);
  }
  show(view, false);
}

function show({ isDurable, entries }, isFresh) {
  nowKnown();
  byId("memory").hidden = isDurable;
  // Oldest first, so that the newest ends on top.
  for (const entry of entries.toReversed()) {
    if (shown.has(entry.key)) continue;
    const element = toElement(entry);
    if (isFresh) element.classList.add("fresh");
    shown.set(entry.key, element);
    byId(entry.kind)?.prepend(element);
  }
  for (const kind of KINDS) trim(kind);
}

function trim(kind) {
  const list = byId(kind);
  while (list.children.length > MAX_ROWS) {
    shown.delete(list.lastElementChild.dataset.key);
    list.lastElementChild.remove();
  }
  const count = byId(`${kind}-count`);
  count.textContent = list.children.length;
  count.classList.toggle("bad", kind === "dead-letter" && list.children.length > 0);
  const more = byId(`${kind}-more`);
  more.hidden = list.children.length <= FIRST_ROWS;
  more.textContent = list.classList.contains("all")
    ? "Show fewer"
    : `Show all ${list.children.length}`;
}

function toElement(entry) {
  const element = document.createElement("details");
  element.dataset.key = entry.key;
  element.append(toSummary(entry));
  // Filled when it is opened first: a hundred bodies of 16 KiB need not be laid out.
  element.addEventListener("toggle", () => element.append(toWhole(entry)), { once: true });
  return element;
}

function toSummary(entry) {
  const { at, kind, summary, failure, attributes } = entry;
  const time = node("time", timeOfDay(at), { dateTime: at, title: at });
  const text = document.createElement("span");
  // Two triggers may give up the same event: to whom it went tells the two lines apart.
  const to = failure?.destination ? `to ${short(failure.destination)}` : null;
  const what = [attributes.type, attributes.subject, to].filter(Boolean).join(" · ");
  text.append(node("span", kind === "dead-letter" ? what : summary, "what"));
  if (kind === "dead-letter") {
    text.append(node("span", failure?.message ?? "the broker gave no reason", "why"));
  }
  const mark = toMark(entry);
  const row = document.createElement("summary");
  row.append(time, text, node("span", mark.text, `mark ${mark.tone}`));
  return row;
}

/** The one word at the end of the line, and whether it is good news. */
function toMark({ kind, failure, attributes }) {
  if (kind === "dead-letter") {
    const text = [failure?.status, failure?.code].filter((part) => part !== null).join(" ");
    return { text: text || "no answer", tone: "bad" };
  }
  const text = attributes.outcome ?? attributes.load ?? attributes.action ?? "";
  const isGood = ["applied", "act", "low"].includes(text);
  const isBad = ["high", "infeasible", "refused", "error"].includes(text);
  return { text, tone: isGood ? "good" : isBad ? "bad" : "wait" };
}

function toWhole({ failure, attributes, data, cutBytes }) {
  const whole = node("div", "", "whole");
  const list = document.createElement("dl");
  const rows = { ...attributes, ...(failure?.destination ? { to: failure.destination } : {}) };
  for (const [name, value] of Object.entries(rows)) {
    if (!name.startsWith("knativeerror")) list.append(node("dt", name), node("dd", value));
  }
  whole.append(list, node("pre", pretty(data)));
  if (cutBytes > 0) {
    whole.append(node("p", `${cutBytes} bytes more are in the log of this function`, "quiet"));
  }
  return whole;
}

function pretty(data) {
  try {
    return JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    return data;
  }
}

for (const kind of KINDS) {
  byId(`${kind}-more`).addEventListener("click", () => {
    byId(kind).classList.toggle("all");
    trim(kind);
  });
}
showAll(JSON.parse(byId("state").textContent));
followEvents({ snapshot: showAll, entries: (changed) => show(changed, true) });
