import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import {
  brokerYaml,
  post,
  type Running,
  startBrokers,
  startSubscriber,
  type Subscriber,
  temporaryFolder,
  triggerYaml,
  until,
  wire,
} from "./harness.ts";

describe("brokers that are wired anew", () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const subscriber = async (
    respond: Parameters<typeof startSubscriber>[0],
  ): Promise<Subscriber> => {
    const started = await startSubscriber(respond);
    ends.push(() => started.close());
    return started;
  };
  const start = async (yaml: string, store: "sync" | "stored"): Promise<Running> => {
    const folder = temporaryFolder();
    ends.push(() => rmSync(folder, { recursive: true }));
    const running = await startBrokers(yaml, store === "sync" ? store : { stored: folder });
    ends.push(() => running.close());
    return running;
  };
  const send = async (running: Running, id: string) =>
    assert.equal((await post(`${running.url}/test/default`, { id, type: "a" })).status, 202);
  const idsOf = ({ received }: Subscriber) => received.map(({ headers }) => headers["ce-id"]);

  for (const store of ["stored", "sync"] as const) {
    it(`send the next event where the trigger leads now (${store})`, async () => {
      const [one, two] = [
        await subscriber((_, response) => response.writeHead(204).end()),
        await subscriber((_, response) => response.writeHead(204).end()),
      ];
      const running = await start(brokerYaml() + triggerYaml("t", one.url), store);
      await send(running, "1");
      await running.brokers.idle();
      running.brokers.rewire(await wire(brokerYaml() + triggerYaml("t", two.url)));
      await send(running, "2");
      await running.brokers.idle();
      assert.deepEqual([idsOf(one), idsOf(two)], [["1"], ["2"]]);
    });
  }

  const waiting = (why: string, ...yaml: [before: string, after: string]) =>
    it(`give a trigger no events before ${why}, and those after`, async () => {
      const up = await subscriber((_, response) => response.writeHead(204).end());
      const [before, after] = yaml.map((text) => text.replaceAll("UP", up.url));
      const running = await start(`${brokerYaml()}${before}`, "stored");
      await send(running, "1");
      const explain = await fetch(`${running.url}/explain?type=a`).then((answer) => answer.json());
      const { triggers } = explain as { triggers: { takes: boolean; because: object[] }[] };
      assert.equal(triggers[0]?.takes, false);
      assert.match(JSON.stringify(triggers[0]?.because), /not ready: /);
      running.brokers.rewire(await wire(`${brokerYaml()}${after}`));
      await send(running, "2");
      await running.brokers.idle();
      assert.deepEqual(idsOf(up), ["2"]);
    });
  const NOBODY = "ref: { apiVersion: v1, kind: Service, name: nobody }";
  const to = (subscriber: string, delivery = "") => `
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: t, namespace: test }
spec: { broker: default, subscriber: { ${subscriber} }, delivery: { ${delivery} } }
`;
  waiting("its subscriber is there", to(NOBODY), to('uri: "UP"'));
  waiting(
    "its dead-letter sink is there",
    to('uri: "UP"', `deadLetterSink: { ${NOBODY} }`),
    to('uri: "UP"', 'deadLetterSink: { uri: "UP" }'),
  );

  it("give a trigger no events before its Broker is there, and those after", async () => {
    const up = await subscriber((_, response) => response.writeHead(204).end());
    const late = triggerYaml("t", up.url).replace("broker: default", "broker: late");
    const running = await start(brokerYaml() + late, "stored");
    const post1 = () => post(`${running.url}/test/late`, { id: "1", type: "a" });
    assert.equal((await post1()).status, 404);
    const broker = brokerYaml().replace("name: default", "name: late");
    running.brokers.rewire(await wire(`${brokerYaml()}${broker}${late}`));
    assert.equal((await post1()).status, 202);
    await running.brokers.idle();
    assert.deepEqual(idsOf(up), ["1"]);
  });

  it("give a trigger the events of a Broker in another namespace, where the feature is on", async () => {
    const up = await subscriber((_, response) => response.writeHead(204).end());
    const feature = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: config-features, namespace: knative-eventing }
data: { cross-namespace-event-links: enabled }
`;
    const far = to(`uri: "${up.url}"`)
      .replace("namespace: test", "namespace: far")
      .replace(
        "broker: default",
        "brokerRef: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default, namespace: test }",
      );
    const running = await start(brokerYaml() + feature + far, "stored");
    await send(running, "1");
    await running.brokers.idle();
    assert.deepEqual(idsOf(up), ["1"]);
    assert.equal(up.received[0]?.headers["kn-namespace"], "far");
  });

  it("fail at once, without a retry, what is for a subscriber that has gone, and keep it", async () => {
    const up = await subscriber((_, response) => response.writeHead(204).end());
    const running = await start(
      brokerYaml("retry: 5, backoffPolicy: linear, backoffDelay: PT60S") + to(`uri: "${up.url}"`),
      "stored",
    );
    await send(running, "1");
    await running.brokers.idle();
    running.brokers.rewire(await wire(brokerYaml() + to(NOBODY)));
    await send(running, "2");
    await running.brokers.idle();
    const letters = await fetch(`${running.url}/dead-letters`).then((answer) => answer.json());
    const { deadLetters } = letters as { deadLetters: Record<string, unknown>[] };
    const [letter] = deadLetters;
    assert.deepEqual(
      [letter?.["eventId"], letter?.["status"], letter?.["attempts"]],
      ["2", "400", 1],
    );
    assert.deepEqual(idsOf(up), ["1"]);
  });

  it("deliver what waited for a trigger where it leads now", async () => {
    const down = await subscriber((_, response) => response.writeHead(503).end());
    const up = await subscriber((_, response) => response.writeHead(204).end());
    const delivery = brokerYaml("retry: 50, backoffPolicy: linear, backoffDelay: PT0.3S");
    const running = await start(delivery + triggerYaml("t", down.url), "stored");
    await send(running, "1");
    await until("two failures", () => down.received.length >= 2);
    running.brokers.rewire(await wire(delivery + triggerYaml("t", up.url)));
    await running.brokers.idle();
    assert.deepEqual(idsOf(up), ["1"]);
  });

  it("let what is in flight end, and keep all that waits for a trigger that is gone", async () => {
    let answer: () => void = () => undefined;
    const slow = await subscriber((_, response) => {
      answer = () => response.writeHead(503).end();
    });
    const running = await start(
      brokerYaml("retry: 3, backoffPolicy: linear, backoffDelay: PT60S") +
        triggerYaml("t", slow.url),
      "stored",
    );
    await send(running, "1");
    await until("the delivery", () => slow.received.length === 1);
    const buried = running.brokers.rewire(await wire(brokerYaml()));
    assert.deepEqual([...buried], []);
    answer();
    await running.brokers.idle();
    const { kept, deadLetters } = (await (await fetch(`${running.url}/dead-letters`)).json()) as {
      kept: number;
      deadLetters: { reason: string }[];
    };
    assert.deepEqual([kept, deadLetters[0]?.reason], [1, "the trigger is gone"]);
  });

  const ordered = (url: string, order: string) =>
    triggerYaml("t", url).replace(
      "namespace: test }",
      `namespace: test, annotations: { kafka.eventing.knative.dev/delivery.order: ${order} } }`,
    );
  const kafka = brokerYaml(
    "retry: 50, backoffPolicy: linear, backoffDelay: PT0.2S",
    "eventing.knative.dev/broker.class: Kafka",
  );
  const sendKeyed = async (running: Running, id: string) => {
    const attributes = { id, type: "a", partitionkey: "k" };
    assert.equal((await post(`${running.url}/test/default`, attributes)).status, 202);
  };

  it("keep each event once that waits for its turn at an ordered trigger that is gone", async () => {
    const down = await subscriber((_, response) => response.writeHead(503).end());
    const running = await start(kafka + ordered(down.url, "ordered"), "stored");
    for (const id of ["1", "2", "3"]) await sendKeyed(running, id);
    await until("a failure", () => running.deliveries.length > 0);
    running.brokers.rewire(await wire(kafka));
    await running.brokers.idle();
    const { kept } = (await (await fetch(`${running.url}/dead-letters`)).json()) as {
      kept: number;
    };
    assert.equal(kept, 3);
  });

  it("put events that wait in order, or out of it, when the trigger says so", async () => {
    let isUp = false;
    const one = await subscriber((_, response) => response.writeHead(isUp ? 204 : 503).end());
    const running = await start(kafka + ordered(one.url, "ordered"), "stored");
    for (const id of ["1", "2", "3"]) await sendKeyed(running, id);
    await until("two failures", () => one.received.length >= 2);
    assert.deepEqual([...new Set(idsOf(one))], ["1"]);
    running.brokers.rewire(await wire(kafka + ordered(one.url, "unordered")));
    await until("the others", () => new Set(idsOf(one)).size === 3);
    running.brokers.rewire(await wire(kafka + ordered(one.url, "ordered")));
    isUp = true;
    await running.brokers.idle();
    const delivered = running.deliveries.filter(({ outcome }) => outcome === "delivered");
    assert.deepEqual(
      delivered.map(({ eventId }) => eventId).toSorted((a, b) => a.localeCompare(b)),
      ["1", "2", "3"],
    );
  });

  it("take up a trigger that comes back, from now", async () => {
    const one = await subscriber((_, response) => response.writeHead(204).end());
    const yaml = brokerYaml() + triggerYaml("t", one.url);
    const running = await start(yaml, "stored");
    running.brokers.rewire(await wire(brokerYaml()));
    await send(running, "1");
    running.brokers.rewire(await wire(yaml));
    await send(running, "2");
    await running.brokers.idle();
    assert.deepEqual(idsOf(one), ["2"]);
  });
});
