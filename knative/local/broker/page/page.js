// Shows what is wired, a second old at most.
import {
  byId,
  node,
  nowKnown,
  setConnection,
  short,
  timeOfDay,
} from "../../../../shared/page/live.js";

const EVERY_MS = 1_000;
const LETTERS = 50;
const COUNTS = ["matched", "delivered", "replied", "retried", "dead"];

/** What each part shows now, as text: a part that did not change is left alone, focus and all. */
const shown = new Map();
let timer = null;

async function refresh() {
  clearTimeout(timer);
  try {
    const [status, { kept, deadLetters }] = await Promise.all([json("/"), json("/dead-letters")]);
    part("brokers", status.brokers, (brokers) => brokers.flatMap(toBroker));
    part("waiting", status.notReady, (all) => (all.length === 0 ? [] : [toWaiting(all)]));
    byId("waiting-section").hidden = status.notReady.length === 0;
    count("waiting-count", status.notReady.length, true);
    part("services", status.services, (services) => services.map(toService));
    part("letters", deadLetters.slice(0, LETTERS), (letters) =>
      letters.length === 0 ? [] : [toLetters(letters)],
    );
    nowKnown();
    count("service-count", status.services.length, false);
    count("letter-count", kept, kept > 0);
    setConnection("live", "live");
  } catch {
    setConnection("lost", "not running, trying again");
  }
  timer = setTimeout(() => {
    if (!document.hidden) void refresh();
  }, EVERY_MS);
}

async function json(path, options = {}) {
  const response = await fetch(path, { headers: { accept: "application/json" }, ...options });
  const text = await response.text();
  const body = text === "" ? {} : JSON.parse(text);
  if (!response.ok) throw new Error(body.message ?? `answered ${response.status}`);
  return body;
}

function part(id, value, toElements) {
  const text = JSON.stringify(value);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  byId(id).replaceChildren(...toElements(value));
}

function count(id, number, isBad) {
  byId(id).textContent = number;
  byId(id).classList.toggle("bad", isBad);
}

function toBroker({ name, kind, flavour, triggers }) {
  const title = node("h2", `${kind} ${name}`);
  title.append(node("span", triggers.length));
  if (kind === "Broker") title.append(node("span", flavour === "kafka" ? "Kafka" : "MT"));
  if (triggers.length === 0)
    return [title, node("p", "No trigger: every event ends here.", "quiet")];
  // A table wider than the window scrolls by keyboard, too.
  const panel = node("div", "", { className: "panel", tabIndex: 0, role: "region" });
  panel.ariaLabel = `Triggers of broker ${name}`;
  panel.append(table(["trigger", "takes", "goes to", ...COUNTS], triggers.map(toTrigger)));
  return [title, panel];
}

function toTrigger({ name, takes, subscriber, deadLetterSink, counts }) {
  const to = node("td", "", "wide");
  to.append(node("span", short(subscriber), { className: "part", title: subscriber }));
  const sink = deadLetterSink === null ? "no dead-letter sink" : `else ${short(deadLetterSink)}`;
  to.append(node("span", sink, { className: "part quiet", title: deadLetterSink ?? "" }));
  const dead = counts.deadLettered + counts.dropped;
  // What was answered with an event was delivered, too.
  const delivered = counts.delivered + counts.replied;
  const shownCounts = { ...counts, delivered, dead };
  const cells = COUNTS.map((key) => number(shownCounts[key], key));
  return [node("td", name, "key"), node("td", takes, "wide"), to, ...cells];
}

function number(value, key) {
  const tone = key === "dead" ? "bad" : key === "retried" ? "wait" : "";
  return node("td", value, { className: `number ${value === 0 ? "none" : tone}`, title: key });
}

function toWaiting(objects) {
  return table(
    ["object", "because", ""],
    objects.map(({ kind, namespace, name, reason, message }) => [
      node("td", `${kind} ${namespace}/${name}`, "key"),
      node("td", reason, "key"),
      node("td", message, "wide"),
    ]),
  );
}

const TONES = { ready: "good", starting: "wait", "backing-off": "bad" };

function toService({
  namespace,
  name,
  url,
  state,
  replicas,
  requests,
  coldStarts,
  crashes,
  revision,
}) {
  const card = node("div", "", "card");
  const head = document.createElement("div");
  const label = node("b", "");
  label.append(url === undefined ? name : node("a", name, { href: url }));
  head.append(
    label,
    node("span", state === "zero" ? "at zero" : state, `mark ${TONES[state] ?? ""}`),
  );
  const list = document.createElement("dl");
  const rows = { revision, replicas, "in flight": requests, "cold starts": coldStarts, crashes };
  for (const [key, value] of Object.entries(rows)) list.append(node("dt", key), node("dd", value));
  card.append(head, list);
  card.title = `${namespace}/${name}`;
  return card;
}

function toLetters(letters) {
  return table(
    ["time", "event", "trigger", "why", "attempts", "sink", ""],
    letters.map((letter) => {
      const { id, time, eventType, eventId, trigger, subscriber, status, reason, attempts, sink } =
        letter;
      const at = node("td", timeOfDay(time), { className: "key", title: time });
      const what = node("td", "", "wide");
      what.append(node("a", eventType, { href: `/dead-letters/${id}`, className: "part" }));
      what.append(node("span", eventId, "part quiet"));
      const to = node("td", "", "key");
      to.append(
        node("span", trigger.split("/").at(-1), "part"),
        node("span", subscriber, "part quiet"),
      );
      const why = node("td", "", "wide");
      why.append(node("span", status === "error" ? "no answer" : status, "mark bad"), ` ${reason}`);
      const button = node("button", "Replay");
      button.addEventListener("click", () => void replay(id, button));
      const action = document.createElement("td");
      action.append(button);
      return [
        at,
        what,
        to,
        why,
        node("td", attempts, { className: "number", title: "attempts" }),
        node("td", sink ?? "none"),
        action,
      ];
    }),
  );
}

async function replay(id, button) {
  button.disabled = true;
  byId("notice").hidden = true;
  try {
    await json(`/dead-letters/${id}/replay`, { method: "POST" });
    await refresh();
  } catch (error) {
    byId("notice").textContent = `Not replayed: ${error.message}`;
    byId("notice").hidden = false;
    button.disabled = false;
  }
}

async function explain(submitted) {
  submitted.preventDefault();
  const query = new URLSearchParams(byId("query").value.trim().replace(/^\?/, ""));
  try {
    const { triggers } = await json(`/explain?${query}`);
    const rows = triggers
      .toSorted((a, b) => Number(b.takes) - Number(a.takes))
      .map(({ trigger, takes, because }) => {
        const verdict = document.createElement("td");
        verdict.append(node("span", takes ? "takes it" : "no", `mark ${takes ? "good" : ""}`));
        const why = node("td", "", "wide");
        for (const { at, text } of because)
          why.append(node("span", text, { className: "part", title: at }));
        return [node("td", trigger, "key"), verdict, why];
      });
    byId("explained").replaceChildren(table(["trigger", "", "because"], rows));
  } catch (error) {
    byId("explained").replaceChildren(table([""], [[node("td", error.message, "why")]]));
  }
}

function table(heads, rows) {
  const head = document.createElement("tr");
  for (const text of heads) {
    head.append(
      node(
        text === "" ? "td" : "th",
        text,
        COUNTS.includes(text) || text === "attempts" ? "number" : "",
      ),
    );
  }
  const body = document.createElement("tbody");
  for (const cells of rows) {
    const row = document.createElement("tr");
    row.append(...cells);
    body.append(row);
  }
  const whole = document.createElement("table");
  const top = document.createElement("thead");
  top.append(head);
  whole.append(top, body);
  return whole;
}

byId("explain").addEventListener("submit", (submitted) => void explain(submitted));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void refresh();
});
void refresh();
