import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
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
} from "./harness.ts";

type Letters = {
  kept: number;
  deadLetters: { id: number; eventId: string; sink: string | null }[];
};

describe("stored broker", () => {
  let folder: string;
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    open.unshift(one);
    return one;
  };
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    rmSync(folder, { recursive: true });
  });
  const subscriber = async (...args: Parameters<typeof startSubscriber>): Promise<Subscriber> =>
    keep(await startSubscriber(...args));
  const start = (yaml: string, more = {}) => startBrokers(yaml, { stored: folder }, more);
  const send = (running: Running, id: string, type = "a") =>
    post(`${running.url}/test/default`, { id, type });
  const letters = async (running: Running) =>
    (await (await fetch(`${running.url}/dead-letters`)).json()) as Letters;

  it("answers 202 before the subscriber does", async () => {
    let release = () => {};
    const slow = await subscriber((_, response) => {
      release = () => response.end();
    });
    const running = keep(await start(brokerYaml() + triggerYaml("slow", slow.url)));
    assert.equal((await send(running, "1")).status, 202);
    await until("the delivery", () => slow.received.length === 1);
    release();
    await running.brokers.idle();
    assert.equal(running.deliveries[0]?.outcome, "delivered");
  });

  it("delivers after a restart what was not delivered before, with the same id", async () => {
    let isUp = false;
    const flaky = await subscriber((_, response) => response.writeHead(isUp ? 204 : 503).end());
    const yaml =
      brokerYaml("retry: 100, backoffPolicy: linear, backoffDelay: PT0.1S") +
      triggerYaml("flaky", flaky.url);
    const first = await start(yaml);
    for (const id of ["1", "2", "3"]) assert.equal((await send(first, id)).status, 202);
    const failed = () => new Set(first.deliveries.map(({ eventId }) => eventId));
    await until("a failure of each", () => failed().size === 3);
    await first.close();
    flaky.received.length = 0;
    isUp = true;
    const second = keep(await start(yaml));
    await second.brokers.idle();
    // One that was on its way when the first ended may come in late, and so twice.
    const ids = new Set(flaky.received.map(({ headers }) => String(headers["ce-id"])));
    assert.deepEqual([...ids].toSorted(), ["1", "2", "3"]);
    assert.ok(
      second.deliveries.every(({ attempt }) => attempt > 1),
      "attempts are kept",
    );
  });

  it("does not let the retries of one event, or a trigger that is down, keep others waiting", async () => {
    const picky = await subscriber((request, response) =>
      response.writeHead(request.headers["ce-id"] === "bad" ? 503 : 204).end(),
    );
    const good = await subscriber((_, response) => response.end());
    const yaml =
      brokerYaml("retry: 5, backoffPolicy: exponential, backoffDelay: PT30S") +
      triggerYaml("picky", picky.url) +
      triggerYaml("good", good.url);
    const running = keep(await start(yaml));
    for (const id of ["bad", "1", "2"]) await send(running, id);
    const retrying = () => running.deliveries.filter(({ outcome }) => outcome === "retrying");
    await until("the failure", () => retrying().length === 1);
    await until("the others", () => picky.received.length === 3 && good.received.length === 3);
    assert.deepEqual(
      retrying().map(({ eventId, waitMs }) => [eventId, waitMs]),
      [["bad", 30_000]],
    );
  });

  it("keeps a dead letter, tells the sink, and replays it without the old error", async () => {
    let status = 422;
    const picky = await subscriber((_, response) =>
      response
        .writeHead(status)
        .end(status === 422 ? '{"code":"BAD","message":"no such pod"}' : ""),
    );
    const sink = await subscriber((_, response) => response.end());
    const yaml =
      brokerYaml(`deadLetterSink: { uri: "${sink.url}" }`) + triggerYaml("picky", picky.url);
    const running = keep(await start(yaml));
    await send(running, "7");
    await running.brokers.idle();
    assert.equal(sink.received[0]?.headers["ce-knativeerrorcode"], "422");
    assert.deepEqual(
      running.deliveries.map(({ outcome, stage, reason }) => [outcome, stage, reason]),
      [
        ["dead-lettered", "subscriber", "no such pod"],
        ["delivered", "dead-letter-sink", undefined],
      ],
    );
    const { deadLetters } = await letters(running);
    assert.deepEqual([deadLetters[0]?.eventId, deadLetters[0]?.sink], ["7", "delivered"]);
    const url = `${running.url}/dead-letters/${deadLetters[0]?.id}`;
    const shown = (await (await fetch(url)).json()) as { event: { id: string; data: object } };
    assert.deepEqual([shown.event.id, shown.event.data], ["7", {}]);

    status = 204;
    const evil = { method: "POST", headers: { origin: "http://evil.test" } };
    assert.equal((await fetch(`${url}/replay`, evil)).status, 403);
    assert.equal((await fetch(`${url}/replay`, { method: "POST" })).status, 202);
    await running.brokers.idle();
    assert.equal(picky.received.length, 2);
    assert.equal(picky.received[1]?.headers["ce-knativeerrorcode"], undefined);
    assert.equal((await letters(running)).kept, 0);
    for (const gone of [url, `${running.url}/dead-letters/99999999999999999999`]) {
      const answer = await fetch(`${gone}/replay`, { method: "POST" });
      assert.equal(answer.status, 404);
      assert.match(await answer.text(), /NO_SUCH_DEAD_LETTER/);
    }
  });

  it("keeps dead letters across restarts, also without a sink", async () => {
    const bad = await subscriber((_, response) => response.writeHead(400).end());
    const yaml = brokerYaml("retry: 0") + triggerYaml("bad", bad.url);
    const first = await start(yaml);
    await send(first, "1");
    await first.brokers.idle();
    await first.close();
    const second = keep(await start(yaml));
    assert.equal((await letters(second)).deadLetters[0]?.eventId, "1");
  });

  it("takes replies in, and ends a loop of them", async () => {
    const echo = await subscriber((_, response) => {
      const headers = { "ce-specversion": "1.0", "ce-id": "r", "ce-source": "/r", "ce-type": "a" };
      response.writeHead(200, headers).end();
    });
    const running = keep(await start(brokerYaml("retry: 0") + triggerYaml("echo", echo.url)));
    const attributes = { type: "a", knativebrokerttl: "6" };
    assert.equal((await post(`${running.url}/test/default`, attributes)).status, 202);
    await running.brokers.idle();
    assert.equal(echo.received.length, 5);
    assert.equal(running.deliveries.at(-1)?.outcome, "dead-lettered");
  });

  it("answers 503 with Retry-After when the store is full, and takes events again later", async () => {
    let release: (() => void)[] = [];
    const slow = await subscriber((_, response) => release.push(() => response.end()));
    const yaml = brokerYaml() + triggerYaml("slow", slow.url);
    const running = keep(await start(yaml, { maxStoredBytes: 5_000 }));
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++) {
      const response = await send(running, String(n));
      statuses.push(response.status);
      if (response.status === 503) assert.equal(response.headers.get("retry-after"), "1");
    }
    assert.deepEqual([statuses[0], statuses[9]], [202, 503]);
    const taken = statuses.filter((status) => status === 202).length;
    await until("deliveries", () => release.length === taken);
    for (const end of release) end();
    await running.brokers.idle();
    release = [];
    assert.equal((await send(running, "again")).status, 202);
    await until("the last", () => release.length === 1);
    for (const end of release) end();
  });

  it("delivers everything once when far more waits than memory holds", async () => {
    let isUp = false;
    const held: ServerResponse[] = [];
    const tried = new Set<string>();
    const flaky = await subscriber(({ headers }, response) => {
      const id = String(headers["ce-id"]);
      if (isUp) response.writeHead(tried.has(id) ? 204 : 503).end();
      else held.push(response);
      if (isUp) tried.add(id);
    });
    const yaml =
      brokerYaml("retry: 5, backoffPolicy: exponential, backoffDelay: PT0.1S") +
      triggerYaml("flaky", flaky.url);
    const running = keep(await start(yaml, { maxInFlight: 20 }));
    const count = 2_500;
    for (let n = 0; n < count; n += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, k) => send(running, String(n + k))));
    }
    isUp = true;
    for (const response of held) response.writeHead(503).end();
    await running.brokers.idle();
    const delivered = running.deliveries.filter(({ outcome }) => outcome === "delivered");
    assert.equal(delivered.length, count);
    assert.equal(new Set(delivered.map(({ eventId }) => eventId)).size, count);
  }).timeout(60_000);

  it("moves what waited for a trigger that is gone to the dead letters", async () => {
    const down = await subscriber((_, response) => response.writeHead(503).end());
    const delivery = "retry: 5, backoffPolicy: linear, backoffDelay: PT60S";
    const first = await start(brokerYaml(delivery) + triggerYaml("old", down.url));
    await send(first, "1");
    await until("a failure", () => first.deliveries.length > 0);
    await first.close();
    const second = keep(await start(brokerYaml(delivery)));
    assert.equal((await letters(second)).deadLetters[0]?.eventId, "1");
    await second.brokers.idle();
  });

  it("is refused to a second process", async () => {
    keep(await start(brokerYaml()));
    await assert.rejects(start(brokerYaml()), /in use by another process/);
  });
});
