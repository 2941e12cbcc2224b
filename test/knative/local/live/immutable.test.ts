import assert from "node:assert/strict";
import { immutableFaults } from "../../../../knative/local/live/immutable.ts";
import { brokerYaml, triggerYaml, wire } from "../broker/harness.ts";

const service = (word: string, name = "") => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: web, namespace: test }
spec:
  template:
    metadata: { ${name === "" ? "" : `name: ${name}`} }
    spec: { containers: [{ image: a, env: [{ name: WORD, value: ${word} }] }] }
---
`;
const other = brokerYaml().replace("name: default", "name: other");
const BEFORE = brokerYaml() + other + triggerYaml("t", "http://x.test/") + service("a", "web-one");

describe("immutableFaults", () => {
  const faults = async (after: string) =>
    immutableFaults(await wire(BEFORE), await wire(after)).map(({ message }) => message);

  it("refuses another broker for a trigger, and another class for a broker", async () => {
    const kafka = brokerYaml("", "eventing.knative.dev/broker.class: Kafka");
    const moved = triggerYaml("t", "http://x.test/", "", "other");
    const found = await faults(kafka + other + moved + service("a", "web-one"));
    assert.equal(found.length, 2);
    assert.match(
      found[0] ?? "",
      /^Trigger t: spec.broker can't be changed \(from default to other\)/,
    );
    assert.match(found[1] ?? "", /^Broker default: its class can't be changed/);
  });

  it("refuses another config for a broker, and another class of the same flavour", async () => {
    const rest = triggerYaml("t", "http://x.test/") + service("a", "web-one") + other;
    const ofClass = (name: string) =>
      brokerYaml("", `eventing.knative.dev/broker.class: ${name}`) + rest;
    const before = await wire(ofClass("Kafka"));
    const [message] = immutableFaults(before, await wire(ofClass("KafkaNamespaced")));
    assert.match(message?.message ?? "", /^Broker default: its class can't be changed/);

    const config = (name: string) =>
      brokerYaml().replace(
        "spec: {}",
        `spec: { config: { apiVersion: v1, kind: ConfigMap, namespace: knative-eventing, name: ${name} } }`,
      ) + rest;
    assert.deepEqual(await faults(config("config-br-default-channel")), [], "it is the default");
    assert.match(
      (await faults(config("of-mine")))[0] ?? "",
      /^Broker default: spec\.config can't be changed/,
    );
  });

  it("refuses another template under the name of the one before", async () => {
    const rest = brokerYaml() + other;
    assert.match(
      (await faults(rest + service("b", "web-one")))[0] ?? "",
      /still is called web-one/,
    );
    assert.deepEqual(await faults(rest + service("b", "web-two")), []);
    assert.deepEqual(await faults(rest + service("b")), []);
  });

  it("takes what is the same, new or gone", async () => {
    assert.deepEqual(await faults(BEFORE), []);
    assert.deepEqual(await faults(other + triggerYaml("u", "http://x.test/", "", "other")), []);
  });
});
