import assert from "node:assert/strict";
import { destinationFaults } from "../../../knative/local/addressables.ts";
import { waitingTexts } from "../../../knative/local/live/waiting.ts";
import { unreadyOf, unreadyText } from "../../../knative/local/unready.ts";
import { wire } from "./broker/harness.ts";

const object = (apiVersion: string, kind: string, name: string, spec: string, more = "") =>
  `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: lab${more} }\nspec: {${spec}}\n`;
const eventing = "eventing.knative.dev/v1";
const sources = "sources.knative.dev/v1";
const ref = (apiVersion: string, kind: string, name: string, more = "") =>
  `{ ref: { apiVersion: ${apiVersion}, kind: ${kind}, name: ${name} }${more} }`;
const NOBODY = ref("serving.knative.dev/v1", "Service", "nobody");
const WEB = ref("serving.knative.dev/v1", "Service", "web");
const BROKER = object(eventing, "Broker", "default", "");
const SERVICE = object(
  "serving.knative.dev/v1",
  "Service",
  "web",
  "template: { spec: { containers: [{ image: dev.local/web }] } }",
);
const trigger = (spec: string, more = "") => object(eventing, "Trigger", "one", spec, more);
const source = (kind: string, spec: string) => object(sources, kind, "one", spec);
const dependsOn = (kind: string) =>
  `, annotations: { knative.dev/dependency: '{"apiVersion":"${sources}","kind":"${kind}","name":"one"}' }`;
const NO_SERVICE = "there is no Service nobody in namespace lab";

/** Manifests, and what is not ready of them; none where everything is. */
const ROWS: Record<string, [yaml: string, ...texts: string[]]> = {
  "a Trigger of a Broker that is not there": [
    trigger(`broker: default, subscriber: ${WEB}`) + SERVICE,
    'Trigger one is not ready (BrokerDoesNotExist): Broker "default" does not exist',
  ],
  "a Trigger of a Broker of that name in another namespace": [
    BROKER.replace("namespace: lab", "namespace: other") +
      trigger(`broker: default, subscriber: ${WEB}`) +
      SERVICE,
    'Trigger one is not ready (BrokerDoesNotExist): Broker "default" does not exist',
  ],
  "a Trigger whose subscriber is not there": [
    BROKER + trigger(`broker: default, subscriber: ${NOBODY}`),
    `Trigger one is not ready (Unable to get the Subscriber's URI): ${NO_SERVICE}`,
  ],
  "a Trigger whose subscriber is a Service of Kubernetes that is not there": [
    BROKER + trigger(`broker: default, subscriber: ${ref("v1", "Service", "nobody")}`),
    "Trigger one is not ready (Unable to get the Subscriber's URI): there is no Service nobody (v1) in namespace lab",
  ],
  "a Trigger whose dead-letter sink is not there": [
    BROKER +
      SERVICE +
      trigger(`broker: default, subscriber: ${WEB}, delivery: { deadLetterSink: ${NOBODY} }`),
    `Trigger one is not ready (Unable to get the dead letter sink's URI): ${NO_SERVICE}`,
  ],
  "a Broker whose dead-letter sink is not there, and its Trigger": [
    object(eventing, "Broker", "default", `delivery: { deadLetterSink: ${NOBODY} }`) +
      SERVICE +
      trigger(`broker: default, subscriber: ${WEB}`),
    `Broker default is not ready (Unable to get the dead letter sink's URI): ${NO_SERVICE}`,
    `Trigger one is not ready (Unable to get the dead letter sink's URI): its Broker default is not ready: ${NO_SERVICE}`,
  ],
  "a Trigger that depends on a source that is not there": [
    BROKER + SERVICE + trigger(`broker: default, subscriber: ${WEB}`, dependsOn("PingSource")),
    "Trigger one is not ready (DependencyDoesNotExist): Dependency does not exist: PingSource one in namespace lab",
  ],
  "a Trigger that depends on a source without a sink": [
    BROKER +
      SERVICE +
      source("PingSource", `sink: ${NOBODY}`) +
      trigger(`broker: default, subscriber: ${WEB}`, dependsOn("PingSource")),
    `Trigger one is not ready (NotFound): ${NO_SERVICE}`,
    `PingSource one is not ready (NotFound): ${NO_SERVICE}`,
  ],
  "an ApiServerSource whose sink is not there": [
    source("ApiServerSource", `resources: [{ apiVersion: v1, kind: Pod }], sink: ${NOBODY}`),
    `ApiServerSource one is not ready (NotFound): ${NO_SERVICE}`,
  ],
  "a SinkBinding whose sink is not there": [
    SERVICE +
      source(
        "SinkBinding",
        `subject: { apiVersion: serving.knative.dev/v1, kind: Service, name: web }, sink: ${ref(eventing, "Broker", "default")}`,
      ),
    "SinkBinding one is not ready (NoURI): there is no Broker default in namespace lab",
  ],
  "a ContainerSource whose sink is not there": [
    source(
      "ContainerSource",
      `template: { spec: { containers: [{ name: a, image: a }] } }, sink: ${NOBODY}`,
    ),
    `ContainerSource one is not ready (NoURI): ${NO_SERVICE}`,
  ],
  "a Trigger that has all it needs": [
    BROKER +
      SERVICE +
      source("PingSource", `sink: ${ref(eventing, "Broker", "default")}`) +
      trigger(`broker: default, subscriber: ${WEB}`, dependsOn("PingSource")),
  ],
};

describe("what is not ready of manifests", () => {
  for (const [name, [yaml, ...texts]] of Object.entries(ROWS)) {
    it(`${name}: ${texts.length === 0 ? "nothing" : "waits"}`, async () => {
      const wiring = await wire(yaml);
      assert.deepEqual(unreadyOf(wiring).map(unreadyText), texts);
      assert.deepEqual(destinationFaults(wiring), [], "a cluster takes it all the same");
    });
  }

  it("is told once, and again when it is ready", async () => {
    const without = await wire(trigger(`broker: default, subscriber: ${WEB}`) + SERVICE);
    const whole = await wire(BROKER + trigger(`broker: default, subscriber: ${WEB}`) + SERVICE);
    const none = await wire(BROKER);
    const waits = unreadyOf(without);
    const [first, ...others] = waitingTexts([], waits, without);
    assert.match(first ?? "", /test\.yaml:2: Trigger one is not ready \(BrokerDoesNotExist\)/);
    assert.deepEqual(others, []);
    assert.deepEqual(waitingTexts(waits, waits, without), []);
    assert.deepEqual(waitingTexts(waits, unreadyOf(whole), whole), ["Trigger one is ready now"]);
    assert.deepEqual(waitingTexts(waits, unreadyOf(none), none), [], "it is gone");
  });
});
