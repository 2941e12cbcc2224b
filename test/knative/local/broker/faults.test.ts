import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { request, type ServerResponse } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createDeliver } from "../../../../knative/local/serving/deliver.ts";
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

const RETRY = "retry: 2, backoffPolicy: exponential, backoffDelay: PT0.1S";
const EVENT = { "ce-specversion": "1.0", "ce-source": "/r", "content-type": "application/json" };

type Respond = (request: Received, response: ServerResponse) => void;

type FaultRow = {
  name: string;
  respond: Respond;
  tries: number;
  status: number | "error";
  /** Of the trigger. Where nothing but an answer may end a try: however slow the machine is. */
  timeout?: string;
};

/** How a subscriber fails for ever; reference: Knative's MT broker. */
const FAULTS: FaultRow[] = [
  {
    name: "500",
    respond: (_, response) => response.writeHead(500).end(),
    tries: 3,
    status: 500,
  },
  {
    name: "429 with Retry-After in seconds, which counts only with retryAfterMax",
    respond: (_, response) => response.writeHead(429, { "retry-after": "60" }).end(),
    tries: 3,
    status: 429,
  },
  {
    name: "429 with Retry-After as a date",
    respond: (_, response) => {
      const later = new Date(Date.now() + 60_000).toUTCString();
      response.writeHead(429, { "retry-after": later }).end();
    },
    tries: 3,
    status: 429,
  },
  {
    name: "200 with an HTML body",
    respond: (_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works</h1>"),
    tries: 3,
    status: 502,
  },
  {
    name: "200 with a batch of events",
    respond: (_, response) =>
      response.writeHead(200, { "content-type": "application/cloudevents-batch+json" }).end("[]"),
    tries: 3,
    status: 502,
  },
  {
    name: "a connection that is closed in the middle of the body",
    respond: (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    },
    tries: 3,
    status: "error",
  },
  {
    name: "a connection that is closed without an answer",
    respond: (_, response) => response.destroy(),
    tries: 3,
    status: "error",
  },
  {
    name: "no answer within the time-out",
    respond: () => undefined,
    tries: 3,
    status: "error",
    timeout: "PT0.3S",
  },
  {
    name: "an answer that never ends, past the time-out",
    respond: (_, response) => void response.writeHead(200, { "content-length": "9" }).write("x"),
    tries: 3,
    status: "error",
    timeout: "PT0.3S",
  },
  {
    name: "304, which leads nowhere",
    respond: (_, response) => response.writeHead(304).end(),
    tries: 1,
    status: 304,
  },
  {
    name: "303 to a page: it is fetched, and its HTML is no event",
    respond: ({ method }, response) => {
      if (method === "POST") response.writeHead(303, { location: "/page" }).end();
      else response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>");
    },
    tries: 6,
    status: 502,
  },
  {
    name: "a redirect to something that is not HTTP",
    respond: (_, response) => response.writeHead(307, { location: "file:///etc/passwd" }).end(),
    tries: 3,
    status: "error",
  },
  { name: "400", respond: (_, response) => response.writeHead(400).end(), tries: 1, status: 400 },
  { name: "425", respond: (_, response) => response.writeHead(425).end(), tries: 1, status: 425 },
  { name: "a reply without id, source and type", respond: badReply, tries: 1, status: 200 },
];

function badReply(_: Received, response: ServerResponse): void {
  response.writeHead(200, { "ce-specversion": "1.0", "ce-id": "", "ce-type": "b" }).end("{}");
}

for (const mode of ["stored", "sync"] as const) {
  describe(`${mode} broker with a subscriber that answers`, () => {
    const open: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const close of open.splice(0).toReversed()) await close();
    });
    const subscriber = async (respond: Respond): Promise<Subscriber> => {
      const one = await startSubscriber(respond);
      open.push(() => one.close());
      return one;
    };
    const start = async (yaml: string, more = {}): Promise<Running> => {
      const folder = temporaryFolder();
      const delivering = createDeliver(() => undefined);
      const { deliver } = delivering;
      open.push(
        () => rmSync(folder, { recursive: true }),
        () => delivering.close(),
      );
      const store = mode === "sync" ? "sync" : { stored: folder };
      const running = await startBrokers(yaml, store, { deliver, ...more });
      open.push(() => running.close());
      return running;
    };

    for (const { name, respond, tries, status, timeout = "PT60S" } of FAULTS) {
      it(`${name}: takes ${tries} requests, then dead-lettered; another trigger has it once`, async () => {
        const bad = await subscriber(respond);
        const good = await subscriber((_, response) => response.writeHead(204).end());
        const sink = await subscriber((_, response) => response.writeHead(202).end());
        const delivery = `${RETRY}, timeout: ${timeout}, deadLetterSink: { uri: "${sink.url}" }`;
        const yaml =
          brokerYaml() +
          triggerYaml("bad", bad.url, `delivery: {${delivery}}`) +
          triggerYaml("good", good.url);
        const running = await start(yaml);
        const answer = await post(`${running.url}/test/default`, { type: "a" });
        assert.equal(answer.status, 202);
        await running.brokers.idle();
        assert.deepEqual([bad.received.length, good.received.length], [tries, 1]);
        assert.equal(sink.received[0]?.headers["ce-id"], "1");
        const ofBad = running.deliveries.filter(
          ({ trigger, stage }) => trigger === "bad" && stage === "subscriber",
        );
        const attempts = Math.min(tries, 3);
        assert.deepEqual([ofBad.length, ofBad.at(-1)?.status], [attempts, status]);
        assert.equal(ofBad.at(-1)?.outcome, "dead-lettered");
        const waits = ofBad.flatMap(({ waitMs }) => waitMs ?? []);
        assert.deepEqual(waits, attempts === 3 ? [100, 200] : []);
      });
    }

    it("429 with Retry-After, where retryAfterMax is turned on: it waits so long", async () => {
      const busy = await subscriber((_, response) =>
        response.writeHead(429, { "retry-after": "60" }).end(),
      );
      const flag = `apiVersion: v1
kind: ConfigMap
metadata: { name: config-features, namespace: knative-eventing }
data: { delivery-retryafter: enabled }
---
`;
      const yaml =
        flag + brokerYaml(`${RETRY}, retryAfterMax: PT0.3S`) + triggerYaml("busy", busy.url);
      const running = await start(yaml);
      await post(`${running.url}/test/default`, { type: "a" });
      await running.brokers.idle();
      assert.deepEqual(
        running.deliveries.flatMap(({ waitMs }) => waitMs ?? []),
        [300, 300],
      );
    });

    it("a redirect to another path, as it is: the event gets there", async () => {
      const moved = await subscriber(({ url }, response) => {
        if (url === "/") response.writeHead(308, { location: "/events/" }).end();
        else response.writeHead(204).end();
      });
      const running = await start(brokerYaml("retry: 0") + triggerYaml("moved", moved.url));
      await post(`${running.url}/test/default`, { type: "a" }, '{"n":1}');
      await running.brokers.idle();
      const [, second] = moved.received;
      assert.deepEqual(
        [second?.method, second?.url, second?.body, second?.headers["ce-id"]],
        ["POST", "/events/", '{"n":1}', "1"],
      );
      assert.equal(running.deliveries[0]?.outcome, "delivered");
    });

    const NO_EVENTS: Record<string, Record<string, string>> = {
      "of a version that nobody knows": { "ce-specversion": "9000.1", "ce-id": "r" },
      "that names a format nobody knows": { "content-type": "application/cloudevents+avro" },
    };
    for (const [name, headers] of Object.entries(NO_EVENTS)) {
      it(`an event ${name}, with no body: that is no reply, and delivered`, async () => {
        const odd = await subscriber((_, response) => response.writeHead(200, headers).end());
        const running = await start(brokerYaml(RETRY) + triggerYaml("odd", odd.url));
        await post(`${running.url}/test/default`, { type: "a" });
        await running.brokers.idle();
        assert.deepEqual(
          running.deliveries.map(({ outcome, status }) => [outcome, status]),
          [["delivered", 200]],
        );
      });
    }

    it("a reply that the broker refuses: the dead letter travels with the headers of the answer", async () => {
      const bad = await subscriber((_, response) => {
        const passed = { "x-request-id": "of the answer", "knative-foo": "b", "x-other": "no" };
        response.writeHead(200, { ...EVENT, ...passed, "ce-id": "", "ce-type": "b" }).end();
      });
      const sink = await subscriber((_, response) => response.writeHead(202).end());
      const letters = `retry: 0, deadLetterSink: { uri: "${sink.url}" }`;
      const running = await start(brokerYaml(letters) + triggerYaml("bad", bad.url));
      const asked = { "x-request-id": "of the sender", "knative-bar": "a" };
      await post(`${running.url}/test/default`, { type: "a" }, "{}", asked);
      await running.brokers.idle();
      const { headers } = sink.received[0]!;
      const names = ["x-request-id", "knative-foo", "knative-bar", "x-other"];
      assert.deepEqual(
        names.map((name) => headers[name]),
        ["of the answer", "b", undefined, undefined],
      );
    });

    it("redirects in a circle: it is given up after ten", async () => {
      const round = await subscriber((_, response) =>
        response.writeHead(307, { location: "/" }).end(),
      );
      const running = await start(brokerYaml("retry: 0") + triggerYaml("round", round.url));
      await post(`${running.url}/test/default`, { type: "a" });
      await running.brokers.idle();
      assert.equal(round.received.length, 11);
      assert.match(running.deliveries.at(-1)?.reason ?? "", /stopped after 10 redirects/);
    });

    it("events in a circle, A to B to A: it ends when the TTL is used up", async () => {
      const turn = (type: string): Respond => {
        return (_, response) =>
          void response.writeHead(200, { ...EVENT, "ce-id": "r", "ce-type": type }).end("{}");
      };
      const [a, b] = [await subscriber(turn("b")), await subscriber(turn("a"))];
      const exact = (type: string) => `filters: [{ exact: { type: ${type} } }]`;
      const yaml =
        brokerYaml("retry: 0") +
        triggerYaml("a", a.url, exact("a")) +
        triggerYaml("b", b.url, exact("b"));
      const running = await start(yaml);
      const first = { type: "a", knativebrokerttl: "8" };
      const answer = await post(`${running.url}/test/default`, first);
      assert.equal(answer.status, mode === "sync" ? 500 : 202);
      await running.brokers.idle();
      assert.deepEqual([a.received.length, b.received.length], [4, 3]);
    });

    it("slowly: the others are not held up, and no more than its share is in flight", async () => {
      const held: ServerResponse[] = [];
      const slow = await subscriber((_, response) => void held.push(response));
      const good = await subscriber((_, response) => response.writeHead(204).end());
      const yaml = brokerYaml() + triggerYaml("slow", slow.url) + triggerYaml("good", good.url);
      const running = await start(yaml, { maxInFlight: 20 });
      const answers = Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          post(`${running.url}/test/default`, { id: String(n), type: "a" }),
        ),
      );
      await until("all at the other one", () => good.received.length === 100);
      assert.ok(mode === "sync" || held.length <= 20, `${held.length} in flight`);
      const release = setInterval(() => {
        for (const response of held.splice(0)) response.writeHead(204).end();
      }, 5);
      for (const { status } of await answers) assert.equal(status, 202);
      await running.brokers.idle();
      clearInterval(release);
      assert.equal(slow.received.length, 100);
    });

    it("nothing for a while: when it is back it has every event, once", async () => {
      let isUp = false;
      const back = await subscriber((_, response) => {
        if (isUp) response.writeHead(204).end();
        else response.destroy();
      });
      const good = await subscriber((_, response) => response.writeHead(204).end());
      const yaml =
        brokerYaml("retry: 100, backoffPolicy: linear, backoffDelay: PT0.1S") +
        triggerYaml("back", back.url) +
        triggerYaml("good", good.url);
      const running = await start(yaml);
      const answers = Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          post(`${running.url}/test/default`, { id: String(n), type: "a" }),
        ),
      );
      await until("all at the other one", () => good.received.length === 50);
      back.received.length = 0;
      isUp = true;
      for (const { status } of await answers) assert.equal(status, 202);
      await running.brokers.idle();
      const delivered = running.deliveries.filter(
        ({ trigger, outcome }) => trigger === "back" && outcome === "delivered",
      );
      assert.equal(new Set(delivered.map(({ eventId }) => eventId)).size, 50);
      assert.equal(delivered.length, 50);
    });

    it("to a body that comes too slowly: 408, and nothing is delivered", async () => {
      const good = await subscriber((_, response) => response.writeHead(204).end());
      const yaml = brokerYaml() + triggerYaml("good", good.url);
      const running = await start(yaml, { bodyTimeoutMs: 100 });
      const sent = request(`${running.url}/test/default`, {
        method: "POST",
        headers: { ...EVENT, "ce-id": "1", "ce-type": "a", "content-length": "100" },
      });
      sent.write("{");
      const [response] = (await once(sent, "response")) as [{ statusCode: number }];
      assert.equal(response.statusCode, 408);
      sent.destroy();
      await running.brokers.idle();
      assert.equal(good.received.length, 0);
    });
  });
}

describe("stored broker on a full disk", function () {
  this.timeout(20_000);
  const folder = temporaryFolder();
  let subscriber: Subscriber;
  let child: ChildProcess;
  before(async () => {
    subscriber = await startSubscriber((_, response) => response.writeHead(204).end());
  });
  after(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    await subscriber.close();
    rmSync(folder, { recursive: true });
  });

  it("answers 503 to what it can't store, and delivers all that it has accepted", async () => {
    const script = join(import.meta.dirname, "crash-child.ts");
    // No file may grow beyond 300 kB: writes fail as on a full disk, instead of the signal.
    const limited = `trap "" XFSZ; ulimit -f 300; exec "$0" "$@"`;
    child = spawn("bash", ["-c", limited, process.execPath, script, folder, subscriber.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(child.stdout);
    const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const accepted = new Set<string>();
    const statuses = new Set<number>();
    for (let n = 0; n < 40; n++) {
      const id = String(n);
      const body = JSON.stringify("x".repeat(30_000));
      const { status } = await post(`${url}/test/default`, { id, type: "a" }, body);
      statuses.add(status);
      if (status === 202) accepted.add(id);
    }
    assert.deepEqual([...statuses], [202, 503]);
    const got = () => new Set(subscriber.received.map(({ headers }) => String(headers["ce-id"])));
    await until("all that was accepted", () => [...accepted].every((id) => got().has(id)));
  });
});
