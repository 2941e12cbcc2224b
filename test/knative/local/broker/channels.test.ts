import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import {
  brokerYaml,
  post,
  type Received,
  type Running,
  startBrokers,
  startSubscriber,
  type Subscriber,
  temporaryFolder,
  triggerYaml,
  until,
} from "./harness.ts";

const object = (group: string, kind: string, name: string, spec: string) => `
---
apiVersion: ${group}.knative.dev/v1
kind: ${kind}
metadata: { name: ${name}, namespace: test }
spec: {${spec}}
`;
const channel = (name: string, spec = "") => object("messaging", "Channel", name, spec);
const subscription = (name: string, spec: string) =>
  object(
    "messaging",
    "Subscription",
    name,
    `channel: { apiVersion: messaging.knative.dev/v1, kind: Channel, name: in }, ${spec}`,
  );
const toChannel = (name: string) =>
  `{ ref: { apiVersion: messaging.knative.dev/v1, kind: Channel, name: ${name} } }`;
const to = ({ url }: Subscriber) => `{ uri: "${url}" }`;

/** Answers with an event of a type, which carries on what it was given. */
const replies =
  (type: string) =>
  ({ body }: Received, response: ServerResponse): void => {
    response
      .writeHead(200, {
        "ce-specversion": "1.0",
        "ce-id": `of-${type}`,
        "ce-source": "/step",
        "ce-type": type,
        "content-type": "application/json",
      })
      .end(JSON.stringify({ [type]: JSON.parse(body) as unknown }));
  };
const says =
  (status: number, body = "") =>
  (_: Received, response: ServerResponse) =>
    void response.writeHead(status).end(body);

describe("channels", () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const subscriber = async (
    respond: (request: Received, response: ServerResponse) => void = says(204),
  ): Promise<Subscriber> => {
    const started = await startSubscriber(respond);
    ends.push(() => started.close());
    return started;
  };
  const start = async (yaml: string, store: "sync" | "stored" = "stored"): Promise<Running> => {
    const folder = temporaryFolder();
    ends.push(() => rmSync(folder, { recursive: true }));
    const running = await startBrokers(yaml, store === "sync" ? store : { stored: folder });
    ends.push(() => running.close());
    return running;
  };
  const typesOf = ({ received }: Subscriber) => received.map(({ headers }) => headers["ce-type"]);

  for (const store of ["stored", "sync"] as const) {
    it(`give each subscription every event as it came, and its answer to the reply (${store})`, async () => {
      const [one, two, last] = [
        await subscriber(replies("b")),
        await subscriber(says(200, "OK")),
        await subscriber(),
      ];
      const yaml = [
        channel("in"),
        subscription("one", `subscriber: ${to(one)}, reply: ${to(last)}`),
        subscription("two", `subscriber: ${to(two)}, reply: ${to(last)}`),
      ];
      const running = await start(yaml.join(""), store);
      const event = { id: "1", type: "a", knativebrokerttl: "7" };
      assert.equal((await post(`${running.url}/test/in-kn-channel`, event, '{"n":1}')).status, 202);
      await running.brokers.idle();
      assert.deepEqual([typesOf(one), typesOf(two), typesOf(last)], [["a"], ["a"], ["b"]]);
      const { headers } = one.received[0] as Received;
      assert.equal(headers["ce-knativearrivaltime"], undefined);
      assert.equal(headers["ce-knativebrokerttl"], "7");
      assert.deepEqual([headers["prefer"], headers["kn-namespace"]], ["reply", "test"]);
      assert.equal(last.received[0]?.body, '{"b":{"n":1}}');
    });
  }

  it("let an answer go that no reply is for, and one that is no event", async () => {
    const [answers, html] = [await subscriber(replies("b")), await subscriber(says(200, "<p>"))];
    const yaml = [
      channel("in"),
      subscription("one", `subscriber: ${to(answers)}`),
      subscription("two", `subscriber: ${to(html)}`),
    ];
    const running = await start(yaml.join(""));
    await post(`${running.url}/test/in-kn-channel`, { type: "a" });
    await running.brokers.idle();
    const outcomes = running.deliveries.map(({ trigger, outcome }) => `${trigger} ${outcome}`);
    assert.deepEqual(outcomes.toSorted(), ["one delivered", "two delivered"]);
  });

  it("hand on what has no subscriber, from channel to channel, to a broker", async () => {
    const end = await subscriber();
    const broker = "{ ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }";
    const yaml = [
      brokerYaml(),
      triggerYaml("end", end.url),
      channel("in"),
      channel("out"),
      subscription("hence", `reply: ${toChannel("out")}`),
      subscription("thence", `reply: ${broker}`).replace("name: in }", "name: out }"),
    ];
    const running = await start(yaml.join(""));
    await post(`${running.url}/test/in-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    assert.deepEqual(typesOf(end), ["a"]);
    assert.ok(end.received[0]?.headers["ce-knativearrivaltime"], "it came in at a broker");
  });

  it("try again and give up as the subscription says, else the channel", async () => {
    const [down, sink] = [await subscriber(says(503)), await subscriber()];
    const yaml = [
      channel("in", `delivery: { retry: 1, deadLetterSink: ${to(sink)} }`),
      subscription("channels", `subscriber: ${to(down)}`),
      subscription("own", `subscriber: ${to(down)}, delivery: { retry: 2 }`),
    ];
    const running = await start(yaml.join(""));
    await post(`${running.url}/test/in-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    const attempts = running.deliveries.filter(
      ({ outcome, stage }) => outcome === "dead-lettered" && stage === "subscriber",
    );
    const shown = attempts.map(({ trigger, attempt }) => `${trigger} ${attempt}`);
    assert.deepEqual(shown.toSorted(), ["channels 2", "own 3"]);
    assert.equal(sink.received.length, 2);
    assert.equal(sink.received[0]?.headers["ce-knativeerrorcode"], "503");
  });

  it("go on after a restart with what a subscription has not had, and replay what it gave up", async () => {
    let isUp = false;
    const step = await subscriber((request, response) => {
      if (isUp) replies("b")(request, response);
      else says(503)(request, response);
    });
    const last = await subscriber();
    const of = (retry: number) =>
      channel("in", `delivery: { retry: ${retry}, backoffPolicy: linear, backoffDelay: PT0.3S }`) +
      subscription("one", `subscriber: ${to(step)}, reply: ${to(last)}`);
    const folder = temporaryFolder();
    ends.push(() => rmSync(folder, { recursive: true }));
    const first = await startBrokers(of(1_000), { stored: folder });
    await post(`${first.url}/test/in-kn-channel`, { id: "1", type: "a" }, '{"n":1}');
    await until("a failure", () => step.received.length > 0);
    await first.close();
    const second = await startBrokers(of(0), { stored: folder });
    ends.push(() => second.close());
    await second.brokers.idle();
    const { deadLetters } = (await (await fetch(`${second.url}/dead-letters`)).json()) as {
      deadLetters: { id: number; trigger: string }[];
    };
    assert.deepEqual(
      deadLetters.map(({ trigger }) => trigger),
      ["test/subscription:one"],
    );
    isUp = true;
    const replay = `${second.url}/dead-letters/${deadLetters[0]?.id}/replay`;
    assert.equal((await fetch(replay, { method: "POST" })).status, 202);
    await second.brokers.idle();
    assert.deepEqual(
      last.received.map(({ body }) => body),
      ['{"b":{"n":1}}'],
    );
  });

  it("fail what their reply refuses, with the reply as destination", async () => {
    const [one, full, sink] = [
      await subscriber(replies("b")),
      await subscriber(says(400, "no")),
      await subscriber(),
    ];
    const yaml = [
      channel("in"),
      subscription(
        "one",
        `subscriber: ${to(one)}, reply: ${to(full)}, delivery: { deadLetterSink: ${to(sink)} }`,
      ),
    ];
    const running = await start(yaml.join(""));
    await post(`${running.url}/test/in-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    const { headers } = sink.received[0] as Received;
    assert.deepEqual(
      [headers["ce-type"], headers["ce-knativeerrordest"], headers["ce-knativeerrorcode"]],
      ["a", full.url, "400"],
    );
  });

  it("give up on a reply that does not answer in time", async () => {
    const [one, slow] = [await subscriber(replies("b")), await subscriber(() => {})];
    const yaml = [
      channel("in"),
      subscription(
        "one",
        `subscriber: ${to(one)}, reply: ${to(slow)}, delivery: { timeout: PT0.3S }`,
      ),
    ];
    const running = await start(yaml.join(""));
    await post(`${running.url}/test/in-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    const [last] = running.deliveries.slice(-1);
    assert.deepEqual([last?.trigger, last?.outcome], ["one", "dead-lettered"]);
    assert.match(last?.reason ?? "", /answered 500 to the reply/);
  });

  it("wait for their channel, and for what they refer to", async () => {
    const end = await subscriber();
    const yaml = [
      subscription("without", `subscriber: ${to(end)}`).replace("name: in }", "name: none }"),
      channel("in"),
      subscription("astray", `subscriber: ${toChannel("none")}`),
      subscription("right", `subscriber: ${to(end)}`),
    ];
    const running = await start(yaml.join(""));
    assert.equal((await post(`${running.url}/test/none-kn-channel`, { type: "a" })).status, 404);
    assert.equal((await post(`${running.url}/test/in-kn-channel`, { type: "a" })).status, 202);
    await running.brokers.idle();
    assert.deepEqual(typesOf(end), ["a"]);
  });

  it("of a Sequence give each step the answer of the one before, and the last one's to its reply", async () => {
    const steps = [await subscriber(replies("b")), await subscriber(replies("c"))];
    const last = await subscriber();
    const spec = `steps: [${steps.map(to).join(", ")}], reply: ${to(last)}`;
    const sequence = object("flows", "Sequence", "chain", spec);
    const trigger = (type: string) => `
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: t, namespace: test }
spec:
  broker: default
  filters: [{ exact: { type: ${type} } }]
  subscriber: { ref: { apiVersion: flows.knative.dev/v1, kind: Sequence, name: chain } }
`;
    const running = await start(brokerYaml() + trigger("a") + sequence);
    await post(`${running.url}/test/default`, { id: "1", type: "a" }, '{"n":1}');
    await running.brokers.idle();
    assert.deepEqual([...steps.map(typesOf), typesOf(last)], [["a"], ["b"], ["c"]]);
    assert.equal(last.received[0]?.body, '{"c":{"b":{"n":1}}}');
  });

  it("of a Sequence end where a step answers nothing", async () => {
    const steps = [await subscriber(), await subscriber()];
    const sequence = object("flows", "Sequence", "chain", `steps: [${steps.map(to).join(", ")}]`);
    const running = await start(sequence);
    await post(`${running.url}/test/chain-kn-sequence-0-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    assert.deepEqual(steps.map(typesOf), [["a"], []]);
  });

  it("of a Parallel give each branch what its filter answers, and its answer to its reply", async () => {
    const [yes, no] = [await subscriber(replies("yes")), await subscriber()];
    const branches = [
      await subscriber(replies("one")),
      await subscriber(),
      await subscriber(replies("three")),
    ];
    const [own, all] = [await subscriber(), await subscriber()];
    const [first, second, third] = branches.map(to);
    const spec = `branches: [
      { filter: ${to(yes)}, subscriber: ${first}, reply: ${to(own)} },
      { filter: ${to(no)}, subscriber: ${second} },
      { subscriber: ${third} }], reply: ${to(all)}`;
    const running = await start(object("flows", "Parallel", "fork", spec));
    await post(`${running.url}/test/fork-kn-parallel-kn-channel`, { id: "1", type: "a" });
    await running.brokers.idle();
    assert.deepEqual(branches.map(typesOf), [["yes"], [], ["a"]]);
    assert.deepEqual([typesOf(own), typesOf(all)], [["one"], ["three"]]);
  });
});
