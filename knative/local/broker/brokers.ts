import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Broker } from "../manifests/broker.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Trigger } from "../manifests/trigger.ts";
import { StartError } from "../start-error.ts";
import { sendAnswer } from "./answer.ts";
import { attempt, type SendToBroker } from "./attempt.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Delivery, Refusal } from "./delivery.ts";
import type { Engine } from "./engine.ts";
import { createIngress } from "./ingress.ts";
import { createIntake } from "./intake.ts";
import { createRoute } from "./route.ts";
import { createRouter } from "./router.ts";
import { shownTrigger, type Status } from "./status-page.ts";
import { openDatabase } from "./store/database.ts";
import { createDeadLetters } from "./store/dead-letters.ts";
import { createStoredEngine } from "./stored-engine.ts";
import { createSyncEngine } from "./sync-engine.ts";
import type { Deliver, Target } from "./target.ts";
import { createViews } from "./views.ts";
import { writeBinary } from "./write-event.ts";

export type BrokersOptions = {
  brokers: readonly Broker[];
  triggers: readonly Trigger[];
  /** Address of a destination. Throws when it has none; every delivery to it then is a 404. */
  resolve: (destination: Destination) => Target;
  deliver: Deliver;
  /** "sync": as Knative's in-memory channel. `stored`: a folder for what was answered 202. */
  store: "sync" | { stored: string };
  onDelivery: (delivery: Delivery) => void;
  onRefused: (refusal: Refusal) => void;
  /** Shown by `GET /`. */
  services?: () => readonly object[];
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
  const keyOf = (one: { namespace: string; name: string }) => `${one.namespace}/${one.name}`;
  const brokers = new Map(options.brokers.map((broker) => [keyOf(broker), broker]));
  const routes = options.triggers.map((trigger) => {
    const broker = brokers.get(`${trigger.namespace}/${trigger.broker}`);
    if (broker !== undefined) return createRoute(trigger, broker, resolve);
    throw new Error(`trigger ${keyOf(trigger)} has no broker ${trigger.broker}`);
  });
  const routesOf = (key: string) => routes.filter(({ brokerKey }) => brokerKey === key);
  const routers = new Map(
    [...brokers.keys()].map((key) => [key, createRouter(routesOf(key))] as const),
  );

  const ordered = routes.find(
    ({ trigger, broker }) => trigger.isOrdered && broker.flavour === "kafka",
  );
  if (store === "sync" && ordered !== undefined) {
    const { file, line } = ordered.trigger;
    throw new StartError([
      `${file}:${line}: Trigger ${ordered.key}: delivery.order ordered needs --broker stored`,
    ]);
  }

  const intake = createIntake(routers, () => engine, now);
  const sendToBroker: SendToBroker = async (namespace, name, event, headers, signal) =>
    (await intake(namespace, name, event, headers, signal)).status;
  const engineOptions = {
    routes: new Map(routes.map((route) => [route.key, route])),
    attempt: (request: Parameters<typeof attempt>[0]) => attempt(request, deliver, sendToBroker),
    intake,
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
    brokers: [...brokers].map(([key, { flavour }]) => ({
      name: key,
      flavour,
      triggers: routesOf(key).map(shownTrigger),
    })),
    deadLetters: engine.deadLetters.count(),
    services: services?.() ?? [],
  });
  const views = createViews(engine, status);
  const ingress = createIngress({ intake, maxBodyBytes, bodyTimeoutMs, now, onRefused });
  const forSources = new AbortController();
  setMaxListeners(0, forSources.signal);

  const send: Brokers["send"] = (namespace, name, event) =>
    sendToBroker(namespace, name, event, [], forSources.signal);

  return {
    handle(request, response) {
      views(request, response)
        .then((isTaken) => (isTaken ? undefined : ingress(request, response)))
        .catch((error: unknown) => {
          sendAnswer(response, { status: 500, code: "INTERNAL", message: String(error) });
        });
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
