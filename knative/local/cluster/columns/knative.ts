import { age, name, text } from "./column.ts";
import type { Column } from "./column.ts";
import { conditionOf, textAt } from "../table-cells.ts";

const knativeReady: Column[] = [
  {
    name: "Ready",
    cell: (object) => textAt(conditionOf(object, "Ready"), "status", ""),
  },
  { name: "Reason", cell: (object) => textAt(conditionOf(object, "Ready"), "reason", "") },
];

const triggerColumns: Column[] = [
  name,
  text("Broker", "spec.broker", ""),
  {
    name: "Subscriber_URI",
    cell: (object) =>
      textAt(object, "status.subscriberUri", textAt(object, "spec.subscriber.ref.name", "")),
  },
  age,
  ...knativeReady,
];

const addressColumns: Column[] = [
  name,
  text("URL", "status.address.url", ""),
  age,
  ...knativeReady,
];

const sinkUri = text("Sink", "status.sinkUri", "");
const sourceColumns: Column[] = [name, sinkUri, age, ...knativeReady];

/** Kinds of Knative, with the columns of its CRDs. */
export const knativeColumns: Readonly<Record<string, readonly Column[]>> = {
  "triggers.eventing.knative.dev": triggerColumns,
  "brokers.eventing.knative.dev": addressColumns,
  "channels.messaging.knative.dev": addressColumns,
  "inmemorychannels.messaging.knative.dev": addressColumns,
  "subscriptions.messaging.knative.dev": [name, age, ...knativeReady],
  "sequences.flows.knative.dev": addressColumns,
  "parallels.flows.knative.dev": addressColumns,
  "services.serving.knative.dev": [
    name,
    text("URL", "status.url", ""),
    text("LatestCreated", "status.latestCreatedRevisionName", ""),
    text("LatestReady", "status.latestReadyRevisionName", ""),
    ...knativeReady,
  ],
  "pingsources.sources.knative.dev": [
    name,
    sinkUri,
    text("Schedule", "spec.schedule", ""),
    age,
    ...knativeReady,
  ],
  "sinkbindings.sources.knative.dev": sourceColumns,
  "containersources.sources.knative.dev": sourceColumns,
  "apiserversources.sources.knative.dev": sourceColumns,
};
