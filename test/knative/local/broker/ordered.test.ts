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
  until,
} from "./harness.ts";

const KAFKA = '"eventing.knative.dev/broker.class": Kafka';
const DELIVERY = "retry: 50, backoffPolicy: linear, backoffDelay: PT0.1S";

describe("delivery.order of a stored broker", () => {
  let folder: string;
  const open: { close(): Promise<void> }[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    rmSync(folder, { recursive: true });
  });
  const start = async (uri: string, order: string): Promise<Running> => {
    const yaml = brokerYaml(DELIVERY, KAFKA) + trigger(uri, order);
    const running = await startBrokers(yaml, { stored: folder });
    open.unshift(running);
    return running;
  };
  const subscriber = async (...args: Parameters<typeof startSubscriber>): Promise<Subscriber> => {
    const one = await startSubscriber(...args);
    open.push(one);
    return one;
  };
  const send = async (running: Running, id: string, partitionkey?: string) => {
    const more: Record<string, string> = partitionkey === undefined ? {} : { partitionkey };
    const { status } = await post(`${running.url}/test/default`, { id, type: "a", ...more });
    assert.equal(status, 202);
  };
  const idsOf = ({ received }: Subscriber, key: string) =>
    received
      .filter(({ headers }) => headers["ce-partitionkey"] === key)
      .map(({ headers }) => String(headers["ce-id"]));

  it("ordered: the events of a key wait for the one before, retries included", async () => {
    const others = Promise.withResolvers<void>();
    const seen: string[] = [];
    const picky = await subscriber(({ headers }, response) => {
      const id = String(headers["ce-id"]);
      seen.push(id);
      if (seen.includes("b1") && seen.includes("free")) others.resolve();
      const times = seen.filter((one) => one === "a1").length;
      const status = id === "a1" && times < 3 ? 503 : 204;
      // However slow the machine: the others are there before the key goes on.
      const answer = () => response.writeHead(status).end();
      if (id === "a1" && times === 2) void others.promise.then(answer);
      else answer();
    });
    const running = await start(picky.url, "ordered");
    for (const id of ["a1", "a2", "a3"]) await send(running, id, "a");
    await send(running, "b1", "b");
    await send(running, "free");
    await running.brokers.idle();
    assert.deepEqual(idsOf(picky, "a"), ["a1", "a1", "a1", "a2", "a3"]);
    const order = picky.received.map(({ headers }) => String(headers["ce-id"]));
    assert.ok(order.indexOf("b1") < order.indexOf("a2"), "another key waits for nothing");
    assert.ok(order.indexOf("free") < order.indexOf("a2"), "no key waits for nothing");
  });

  it("ordered: one at a time, and the next one follows a dead letter", async () => {
    let inFlight = 0;
    let most = 0;
    const slow = await subscriber(({ headers }, response) => {
      most = Math.max(most, ++inFlight);
      setImmediate(() => {
        inFlight -= 1;
        response.writeHead(headers["ce-id"] === "3" ? 422 : 204).end();
      });
    });
    const running = await start(slow.url, "ordered");
    const ids = Array.from({ length: 50 }, (_, n) => String(n));
    for (const id of ids) await send(running, id, "a");
    await running.brokers.idle();
    assert.deepEqual(idsOf(slow, "a"), ids);
    assert.equal(most, 1);
    assert.equal(running.deliveries.filter(({ outcome }) => outcome === "dead-lettered").length, 1);
  });

  it("ordered: hundreds that wait on disk keep their order", async () => {
    let isUp = false;
    const flaky = await subscriber((_, response) => response.writeHead(isUp ? 204 : 503).end());
    const running = await start(flaky.url, "ordered");
    const ids = Array.from({ length: 300 }, (_, n) => String(n));
    for (const id of ids) {
      await send(running, id, "a");
      // From the first that fails on, the others have to wait on disk.
      if (id === "250") isUp = true;
    }
    await running.brokers.idle();
    const first = [...new Set(idsOf(flaky, "a"))];
    assert.deepEqual(first, ids);
  });

  it("ordered: a restart keeps the order of what waits", async () => {
    let isUp = false;
    const flaky = await subscriber((_, response) => response.writeHead(isUp ? 204 : 503).end());
    const first = await start(flaky.url, "ordered");
    for (const id of ["1", "2", "3"]) await send(first, id, "a");
    await until("a failure", () => first.deliveries.length > 0);
    await open.shift()?.close();
    isUp = true;
    flaky.received.length = 0;
    const second = await start(flaky.url, "ordered");
    await send(second, "4", "a");
    await second.brokers.idle();
    assert.deepEqual([...new Set(idsOf(flaky, "a"))], ["1", "2", "3", "4"]);
  });

  it("unordered: one that waits for a retry keeps none of its key waiting", async () => {
    const other = Promise.withResolvers<void>();
    let times = 0;
    const picky = await subscriber(({ headers }, response) => {
      if (headers["ce-id"] === "a2") other.resolve();
      else times += 1;
      const answer = () => response.writeHead(times < 3 ? 503 : 204).end();
      if (headers["ce-id"] === "a2") response.writeHead(204).end();
      else if (times === 2) void other.promise.then(answer);
      else answer();
    });
    const running = await start(picky.url, "unordered");
    for (const id of ["a1", "a2"]) await send(running, id, "a");
    await running.brokers.idle();
    const ids = idsOf(picky, "a");
    assert.deepEqual([ids.length, ids.at(-1)], [4, "a1"]);
  });

  it("any other word is refused, and so is ordered where the sender waits", async () => {
    await assert.rejects(start("http://127.0.0.1:1/", "sorted"), /must be ordered or unordered/);
    const yaml = brokerYaml("", KAFKA) + trigger("http://127.0.0.1:1/", "ordered");
    await assert.rejects(startBrokers(yaml, "sync"), /ordered needs --broker stored/);
  });
});

function trigger(uri: string, order: string): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: one
  namespace: test
  annotations: { kafka.eventing.knative.dev/delivery.order: ${order} }
spec: { broker: default, subscriber: { uri: "${uri}" } }
---
`;
}
