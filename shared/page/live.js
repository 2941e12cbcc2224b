// What the pages share: small elements, the badge, and a stream that follows the reader's attention.
// Every text is set as text, never as HTML: events and manifests are hostile.
export const byId = (id) => document.getElementById(id);

/** An element with a text; `properties` is its class, or properties to set. */
export function node(tag, text, properties = {}) {
  const given = typeof properties === "string" ? { className: properties } : properties;
  return Object.assign(document.createElement(tag), given, { textContent: text });
}

/** What the page says is known from now on: until then "nothing" and "0" would only be guesses. */
export function nowKnown() {
  document.body.classList.remove("unknown");
}

/** The time of day, 24 hours wherever the reader is: it fits its column. */
export function timeOfDay(time) {
  return new Date(time).toLocaleTimeString([], { hourCycle: "h23" });
}

/** What the badge says: `live`, `connecting` or `lost`, in words. */
export function setConnection(state, text) {
  const badge = byId("connection");
  if (badge.dataset.state === state && badge.textContent === text) return;
  badge.dataset.state = state;
  badge.textContent = text;
}

/**
 * Follows the stream `events` beside the page while somebody looks at it: an open stream keeps the
 * function awake, so a hidden page lets it sleep. `listeners`: what to do with the parsed data of
 * each kind of event.
 */
export function followEvents(listeners) {
  let stream = null;

  function connect() {
    if (stream !== null) return;
    setConnection("connecting", "connecting");
    stream = new EventSource("events");
    stream.addEventListener("open", () => setConnection("live", "live"));
    for (const [name, listener] of Object.entries(listeners)) {
      stream.addEventListener(name, ({ data }) => listener(JSON.parse(data)));
    }
    stream.addEventListener("error", () => {
      if (stream === null) return;
      setConnection("lost", "connection lost, trying again");
      // After an answer that is no stream (a 503 at a cold start) the browser gives up: go on.
      if (stream.readyState === EventSource.CLOSED) {
        disconnect();
        setTimeout(() => document.hidden || connect(), 2_000);
      }
    });
  }

  function disconnect() {
    stream?.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return connect();
    disconnect();
    setConnection("connecting", "paused");
  });
  connect();
}

/** An address inside a cluster says more than one needs to read: the service and the path will do. */
export function short(address) {
  const [, name, path = ""] =
    /^http:\/\/([^./]+)\.[^./]+\.svc\.cluster\.local(\/.*)?$/.exec(address) ?? [];
  return name === undefined ? address : `${name}${path === "/" ? "" : path}`;
}
