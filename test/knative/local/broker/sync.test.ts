import assert from "node:assert/strict";
import {
  brokerYaml,
  post,
  type Running,
  startBrokers,
  startNobody,
  startSubscriber,
  type Subscriber,
  triggerYaml,
  until,
} from "./harness.ts";

const RETRY = "retry: 2, backoffPolicy: exponential, backoffDelay: PT0.1S";
const reply = (attributes: Record<string, string>) =>
  Object.fromEntries(
    Object.entries({ specversion: "1.0", id: "r", source: "/r", ...attributes }).map(
      ([name, value]) => [`ce-${name}`, value],
    ),
  );

describe("sync broker", () => {
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    open.unshift(one);
    return one;
  };
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const subscriber = async (...args: Parameters<typeof startSubscriber>): Promise<Subscriber> =>
    keep(await startSubscriber(...args));
  const brokers = async (yaml: string): Promise<Running> => keep(await startBrokers(yaml, "sync"));
  const send = (running: Running, attributes: Record<string, string> = { type: "a" }) =>
    post(`${running.url}/test/default`, attributes);

  it("answers 202 when there is no trigger", async () => {
    assert.equal((await send(await brokers(brokerYaml()))).status, 202);
  });

  it("answers after the deliveries, and only to triggers that match", async () => {
    const one = await subscriber((_, response) => response.end());
    const other = await subscriber((_, response) => response.end());
    const filter = (type: string) => `filters: [{ exact: { type: ${type} } }]`;
    const running = await brokers(
      brokerYaml() +
        triggerYaml("one", one.url, filter("a")) +
        triggerYaml("other", other.url, filter("b")),
    );
    assert.equal((await send(running)).status, 202);
    assert.equal(one.received.length, 1);
    assert.equal(other.received.length, 0);
    const { outcome, status, attempt, trigger } = running.deliveries[0]!;
    assert.deepEqual([outcome, status, attempt, trigger], ["delivered", 200, 1, "one"]);
  });

  it("delivers what a CESQL expression is true of, and nothing on an error", async () => {
    const big = await subscriber((_, response) => response.end());
    const filter = "filters: [{ cesql: \"type = 'a' AND amount > 100\" }]";
    const running = await brokers(brokerYaml() + triggerYaml("big", big.url, filter));
    for (const [id, amount] of [
      ["1", "250"],
      ["2", "99"],
      ["3", "much"],
    ] as const) {
      assert.equal((await send(running, { type: "a", id, amount })).status, 202);
    }
    assert.equal((await send(running, { type: "a", id: "4" })).status, 202);
    assert.equal((await send(running, { type: "b", id: "5", amount: "250" })).status, 202);
    assert.deepEqual(
      big.received.map(({ headers }) => headers["ce-id"]),
      ["1"],
    );
  });

  it("answers 500 when one trigger fails, although another has it", async () => {
    const bad = await subscriber((_, response) => response.writeHead(422).end());
    const good = await subscriber((_, response) => response.end());
    const yaml = brokerYaml(RETRY) + triggerYaml("bad", bad.url) + triggerYaml("good", good.url);
    const running = await brokers(yaml);
    assert.equal((await send(running)).status, 500);
    assert.equal(good.received.length, 1);
    assert.equal(bad.received.length, 1, "422 is not tried again");
    assert.ok(running.deliveries.some(({ outcome }) => outcome === "dropped"));
  });

  it("tries retryable answers again, with waits, until one succeeds", async () => {
    const flaky = await subscriber((_, response, count) =>
      response.writeHead(count < 3 ? 503 : 204).end(),
    );
    const running = await brokers(brokerYaml(RETRY) + triggerYaml("flaky", flaky.url));
    const startedAt = performance.now();
    assert.equal((await send(running)).status, 202);
    assert.ok(performance.now() - startedAt >= 290, "0.1 s and 0.2 s");
    assert.deepEqual(
      running.deliveries.map(({ outcome, waitMs }) => [outcome, waitMs]),
      [
        ["retrying", 100],
        ["retrying", 200],
        ["delivered", undefined],
      ],
    );
    for (const { headers } of flaky.received) assert.equal(headers["prefer"], "reply");
  });

  it("sends a reply back through the broker, with one pass less", async () => {
    let ttl = 0;
    const next = await subscriber((_, response) => response.end());
    const first = await subscriber((_, response) => {
      ttl++;
      response.writeHead(202, reply({ type: "b" })).end("data");
    });
    const running = await brokers(
      brokerYaml() +
        triggerYaml("first", first.url, "filters: [{ exact: { type: a } }]") +
        triggerYaml("next", next.url, "filters: [{ exact: { type: b } }]"),
    );
    assert.equal((await send(running)).status, 202);
    assert.equal(ttl, 1);
    assert.equal(next.received[0]?.body, "data");
    assert.deepEqual(running.deliveries.map(({ outcome }) => outcome).sort(), [
      "delivered",
      "replied",
    ]);
    assert.equal(
      (await send(running, { type: "a", knativebrokerttl: "2" })).status,
      500,
      "1 pass left",
    );
  });

  it("ends a loop of replies when the TTL is used up", async () => {
    const echo = await subscriber((_, response) =>
      response.writeHead(200, reply({ type: "a" })).end(),
    );
    const running = await brokers(brokerYaml("retry: 0") + triggerYaml("echo", echo.url));
    assert.equal((await send(running, { type: "a", knativebrokerttl: "6" })).status, 500);
    assert.equal(echo.received.length, 5);
  });

  it("takes a 200 with a body that is no event for a 502, and tries again", async () => {
    const html = await subscriber((_, response) => response.end("<h1>OK</h1>"));
    const letters = await subscriber((_, response) => response.end("thanks"));
    const running = await brokers(
      brokerYaml(`${RETRY}, deadLetterSink: { uri: "${letters.url}" }`) +
        triggerYaml("html", html.url),
    );
    assert.equal((await send(running)).status, 202, "the dead-letter sink took it");
    assert.equal(html.received.length, 3);
    assert.equal(running.deliveries[0]?.status, 502);
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-id"], "1");
    assert.equal(headers["prefer"], undefined);
    assert.equal(headers["ce-knativeerrordest"], undefined, "absent for this one");
  });

  it("tells the dead-letter sink where, what and why", async () => {
    const bad = await subscriber((_, response) => response.writeHead(400).end("x".repeat(2_000)));
    const letters = await subscriber((_, response) => response.end());
    const sink = `deadLetterSink: { uri: "${letters.url}" }`;
    const running = await brokers(brokerYaml(sink) + triggerYaml("bad", bad.url));
    await send(running);
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-knativeerrordest"], bad.url);
    assert.equal(headers["ce-knativeerrorcode"], "400");
    const data = String(headers["ce-knativeerrordata"]);
    assert.equal(data.length, 1024);
    assert.equal(Buffer.from(data, "base64").toString(), "x".repeat(768));
    await post(`${running.url}/test/default`, { type: "a", knativeerrorcode: "599" });
    assert.equal(
      letters.received[1]?.headers["ce-knativeerrorcode"],
      "599",
      "the first failure stays",
    );
  });

  it("shows the dead-letter sink the passes that are left, and the count goes on behind it", async () => {
    const bad = await subscriber((_, response) => response.writeHead(400).end());
    const letters = await subscriber((_, response) => response.end());
    const again = "{ ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }";
    const running = await brokers(
      brokerYaml(`retry: 0, deadLetterSink: ${again}`) +
        triggerYaml("bad", bad.url) +
        triggerYaml("other", bad.url, `delivery: { deadLetterSink: { uri: "${letters.url}" } }`),
    );
    await send(running, { type: "a", knativebrokerttl: "4" });
    assert.equal(bad.received.length, 6, "each of three passes has both triggers");
    assert.equal(bad.received[0]?.headers["ce-knativebrokerttl"], undefined);
    assert.deepEqual(
      letters.received
        .map(({ headers }) => Number(headers["ce-knativebrokerttl"]))
        .toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-knativeerrordata"], "", "the body was empty, and that is said");
  });

  it("overwrites what an earlier failure left where the broker is Kafka's", async () => {
    const bad = await subscriber((_, response) =>
      response.writeHead(400, { "kne-foo": "bar" }).end("x"),
    );
    const letters = await subscriber((_, response) => response.end());
    const kafka = "eventing.knative.dev/broker.class: Kafka";
    const sink = `deadLetterSink: { uri: "${letters.url}" }`;
    const running = await brokers(brokerYaml(sink, kafka) + triggerYaml("bad", bad.url));
    await send(running, { type: "a", knativeerrorcode: "599" });
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-knativeerrorcode"], "400");
    assert.equal(headers["ce-foo"], "bar");
    assert.equal(headers["ce-knativebrokerttl"], undefined);
  });

  it("dead-letters the original when its reply is not valid", async () => {
    const sloppy = await subscriber((_, response) =>
      response.writeHead(200, { "ce-specversion": "1.0", "ce-id": "r" }).end(),
    );
    const letters = await subscriber((_, response) => response.end());
    const sink = `deadLetterSink: { uri: "${letters.url}" }`;
    const running = await brokers(
      brokerYaml(`${RETRY}, ${sink}`) + triggerYaml("sloppy", sloppy.url),
    );
    await send(running);
    assert.equal(sloppy.received.length, 1);
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-id"], "1");
    assert.equal(headers["ce-knativeerrorcode"], "400");
    assert.match(String(headers["ce-knativeerrordest"]), /broker-ingress.*\/test\/default$/);
  });

  it("gives up on an attempt at the time-out, and tries again", async () => {
    const slow = await subscriber((_, response, count) => {
      if (count > 1) response.end();
    });
    const yaml = brokerYaml("retry: 1, timeout: PT0.2S") + triggerYaml("slow", slow.url);
    const running = await brokers(yaml);
    assert.equal((await send(running)).status, 202);
    assert.deepEqual(
      [running.deliveries[0]?.status, running.deliveries[0]?.outcome],
      ["error", "retrying"],
    );
  });

  it("cancels what is under way when the sender leaves", async () => {
    const never = await subscriber(() => {});
    const running = await brokers(brokerYaml(RETRY) + triggerYaml("never", never.url));
    const leaving = new AbortController();
    const sent = fetch(`${running.url}/test/default`, {
      method: "POST",
      headers: reply({ type: "a" }),
      signal: leaving.signal,
    });
    await until("the delivery", () => never.received.length === 1);
    leaving.abort();
    await assert.rejects(sent);
    await until("the end", () => running.deliveries.length === 1);
    assert.equal(running.deliveries[0]?.outcome, "dropped");
    await running.brokers.idle();
    assert.equal(never.received.length, 1, "no retry");
  });

  it("tries a connection that is refused again, and says code 500", async () => {
    const letters = await subscriber((_, response) => response.end());
    const sink = `deadLetterSink: { uri: "${letters.url}" }`;
    const gone = keep(await startNobody());
    const running = await brokers(brokerYaml(`retry: 1, ${sink}`) + triggerYaml("gone", gone.url));
    await send(running);
    assert.equal(running.deliveries.filter(({ outcome }) => outcome === "retrying").length, 1);
    const { headers } = letters.received[0]!;
    assert.equal(headers["ce-knativeerrorcode"], "500");
    const data = Buffer.from(String(headers["ce-knativeerrordata"]), "base64").toString();
    assert.match(data, /^dispatch error: ./);
  });

  it("sends structured events where the trigger asks for it", async () => {
    const one = await subscriber((_, response) => response.end());
    const yaml = brokerYaml() + triggerYaml("one", one.url, "delivery: { format: json }");
    await send(await brokers(yaml));
    const { headers, body } = one.received[0]!;
    assert.equal(headers["content-type"], "application/cloudevents+json");
    assert.equal((JSON.parse(body) as { id: string }).id, "1");
  });
});
