import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { toOriginForm } from "../../../shared/request-target.ts";
import type { Broker } from "../manifests/broker.ts";
import type { Channel } from "../manifests/channel.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Subscription } from "../manifests/subscription.ts";
import type { Trigger } from "../manifests/trigger.ts";
import { farHostText, isNearHost } from "../near-host.ts";
import { StartError } from "../start-error.ts";
import { sendAnswer } from "./answer.ts";
import { attempt, type SendToBroker } from "./attempt.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Delivery, Refusal, Unmatched } from "./delivery.ts";
import type { Engine, PostReply } from "./engine.ts";
import { createIngress } from "./ingress.ts";
import { explain } from "./explained.ts";
import { arrive, createIntake } from "./intake.ts";
import { orderFaults } from "./order-faults.ts";
import { shownTrigger, type Status } from "./status.ts";
import { openDatabase } from "./store/database.ts";
import { createDeadLetters } from "./store/dead-letters.ts";
import { createStoredEngine } from "./stored-engine.ts";
import { createSyncEngine } from "./sync-engine.ts";
import type { Deliver, Target } from "./target.ts";
import { createViews } from "./views.ts";
import { wire, type WiredManifests } from "./wired.ts";
import { writeBinary } from "./write-event.ts";

export type BrokersOptions = {
  brokers: readonly Broker[];
  triggers: readonly Trigger[];
  channels?: readonly Channel[];
  subscriptions?: readonly Subscription[];
  /** Address of a destination. Throws when it has none: a trigger of it gets no events until it has. */
  resolve: (destination: Destination) => Target;
  deliver: Deliver;
  /** "sync": as Knative's in-memory channel. `stored`: a folder for what was answered 202. */
  store: "sync" | { stored: string };
  onDelivery: (delivery: Delivery) => void;
  onRefused: (refusal: Refusal) => void;
  /** Of an event that was taken in, and that no trigger takes. */
  onUnmatched?: (unmatched: Unmatched) => void;
  /** Shown by `GET /`. */
  services?: () => readonly object[];
  /** What waits for something that is not there, shown beside them. */
  notReady?: () => readonly object[];
  /** Of a posted event. Default 1 MiB, as Kafka's message.max.bytes; MT has no limit. */
  maxBodyBytes?: number;
  /** For reading a posted event. Default 10 s, as MT's ReadTimeout. */
  bodyTimeoutMs?: number;
  /** Of events waiting on disk; beyond it the answer is 503. Default 1 GiB. */
  maxStoredBytes?: number;
  /** Deliveries of one trigger at a time (stored). Default 100. */
  maxInFlight?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
};

export type Brokers = {
  /** The ingress, the status page and the dead letters, for a server of node:http. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Puts other brokers and triggers in the place of those before; the next event follows them. What
   * a trigger has counted and what waits for it goes on, one that is new starts from now. Gives what
   * waited for triggers that are gone, and is a dead letter now: how many events of which.
   */
  rewire(manifests: WiredManifests): ReadonlyMap<string, number>;
  /** Posts an event to a broker, as a source does; the status it answers. */
  send(namespace: string, broker: string, event: CloudEvent): Promise<number>;
  /** The same to any target. `namespace` is the source's, for `Kn-Namespace`. Rejects without answer. */
  sendTo(target: Target, namespace: string, event: CloudEvent): Promise<number>;
  /** Resolves when nothing is under way and nothing waits for a retry. */
  idle(): Promise<void>;
  /** Ends what is under way. Stored events that were not done stay for the next start. */
  close(): Promise<void>;
};

/** Runs brokers and their triggers. Throws when the store can't be opened. */
export function createBrokers(options: BrokersOptions): Brokers {
  const { resolve, deliver, store, onDelivery, onRefused, services, now = Date.now } = options;
  const {
    bodyTimeoutMs,
    maxBodyBytes = 2 ** 20,
    maxStoredBytes = 2 ** 30,
    maxInFlight = 100,
  } = options;
  if (store === "sync") {
    const faults = orderFaults(options);
    if (faults.length > 0) {
      throw new StartError(faults.map(({ file, line, message }) => `${file}:${line}: ${message}`));
    }
  }
  let wired = wire(options, resolve, null);

  const intake = createIntake(
    () => wired.routers,
    (key) => wired.channels.has(key),
    () => engine,
    now,
    (unmatched) => {
      const { broker } = unmatched;
      const waiting = wired.waiting.filter(({ brokerKey }) => brokerKey === broker);
      const names = waiting.map(({ trigger }) => trigger.name);
      const more = names.length === 0 ? {} : { waiting: names };
      options.onUnmatched?.({ ...unmatched, ...more });
    },
  );
  const sendToBroker: SendToBroker = async (namespace, name, event, headers, signal) =>
    (await intake(namespace, name, event, headers, signal)).status;
  const post: PostReply = async (target, namespace, event, headers, signal) => {
    try {
      if (target.kind === "broker") {
        const answer = await intake(target.namespace, target.name, event, headers, signal);
        return { status: answer.status, message: "message" in answer ? answer.message : "" };
      }
      const { headers: own, body } = writeBinary(event);
      const all: [string, string][] = [...headers, ...own, ["Kn-Namespace", namespace]];
      const answer = await deliver({ target, headers: all, body, signal });
      return { status: answer.status, message: answer.body.subarray(0, 200).toString() };
    } catch (error) {
      return { status: 500, message: error instanceof Error ? error.message : String(error) };
    }
  };
  const engineOptions = {
    routes: () => wired.routes,
    attempt: (request: Parameters<typeof attempt>[0]) => attempt(request, deliver, sendToBroker),
    post,
    onDelivery,
    now,
  };
  const engine: Engine =
    store === "sync"
      ? createSyncEngine(engineOptions, createDeadLetters(openDatabase(null)))
      : createStoredEngine(engineOptions, {
          folder: store.stored,
          maxBytes: maxStoredBytes,
          maxInFlight,
        });

  const status = (): Status => ({
    brokers: [...wired.brokers].map(([key, { flavour }]) => ({
      name: key,
      kind: wired.channels.has(key) ? "Channel" : "Broker",
      flavour,
      triggers: wired.routesOf(key).map(shownTrigger),
    })),
    deadLetters: engine.deadLetters.count(),
    services: services?.() ?? [],
    notReady: options.notReady?.() ?? [],
  });
  const explainAt = (key: string, event: CloudEvent) => {
    const host = wired.channels.has(key) ? "channel" : wired.brokers.has(key) ? "broker" : null;
    const arrival = arrive(key, host, event, now());
    const waiting = wired.waiting.filter(({ brokerKey }) => brokerKey === key);
    return "status" in arrival ? arrival : explain(arrival.event, wired.routesOf(key), waiting);
  };
  /** Every broker at once: for an event that nobody has sent. */
  const explainAll = (event: CloudEvent) => {
    const arrival = arrive("", "broker", event, now());
    return "status" in arrival
      ? arrival
      : explain(arrival.event, [...wired.routes.values()], wired.waiting);
  };
  const views = createViews(engine, status, explainAll);
  const ingress = createIngress({
    intake,
    explain: explainAt,
    maxBodyBytes,
    bodyTimeoutMs,
    now,
    onRefused,
  });
  /** Another site's page must not be this one's, in a browser: neither to read nor to post. */
  const refuse = (request: IncomingMessage, response: ServerResponse, message: string): void => {
    const { method = "", url = "/" } = request;
    const refused = { status: 421, code: "FOREIGN_HOST", message };
    onRefused({ time: new Date(now()), method, path: url.slice(0, 200), ...refused });
    if (!request.complete) response.setHeader("Connection", "close");
    sendAnswer(response, refused);
  };
  const forSources = new AbortController();
  setMaxListeners(0, forSources.signal);

  const send: Brokers["send"] = (namespace, name, event) =>
    sendToBroker(namespace, name, event, [], forSources.signal);

  return {
    handle(request, response) {
      toOriginForm(request);
      const { host } = request.headers;
      if (!isNearHost(host)) return refuse(request, response, farHostText(host));
      views(request, response)
        .then((isTaken) => (isTaken ? undefined : ingress(request, response)))
        .catch((error: unknown) => {
          sendAnswer(response, { status: 500, code: "INTERNAL", message: String(error) });
        });
    },
    rewire(manifests) {
      wired = wire(manifests, resolve, wired);
      return engine.reroute();
    },
    send,
    async sendTo(target, namespace, event) {
      if (target.kind === "broker") return send(target.namespace, target.name, event);
      const { headers, body } = writeBinary(event);
      headers.push(["Kn-Namespace", namespace]);
      const answer = await deliver({ target, headers, body, signal: forSources.signal });
      return answer.status;
    },
    idle: () => engine.idle(),
    async close() {
      forSources.abort(new Error("the broker is stopping"));
      await engine.close();
    },
  };
}
