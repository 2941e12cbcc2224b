import assert from "node:assert/strict";
import { brokerYaml, post, type Running, startBrokers, triggerYaml } from "./harness.ts";

type Explained = {
  event: Record<string, string>;
  triggers: {
    broker: string;
    trigger: string;
    takes: boolean;
    because: { at: string; text: string }[];
  }[];
};

describe("explain", () => {
  let running: Running;
  before(async () => {
    const manifests = [
      brokerYaml(),
      triggerYaml(
        "created",
        "http://127.0.0.1:9/",
        "filters: [{ exact: { type: order.created } }]",
      ),
      triggerYaml("west", "http://127.0.0.1:9/", "filters: [{ exact: { region: west } }]"),
    ];
    running = await startBrokers(manifests.join(""), "sync");
  });
  after(() => running.close());

  const takers = ({ triggers }: Explained) =>
    triggers.filter(({ takes }) => takes).map(({ trigger }) => trigger);

  it("says of an event that nobody sent which trigger takes it, and why the other one does not", async () => {
    const response = await fetch(`${running.url}/explain?type=order.created&region=east`);
    assert.equal(response.status, 200);
    const explained = (await response.json()) as Explained;
    assert.deepEqual(takers(explained), ["created"]);
    const [reason] = explained.triggers.find(({ trigger }) => trigger === "west")?.because ?? [];
    assert.equal(reason?.text, 'wants one that is "west" in region; found: "east"');
    assert.equal(explained.event["region"], "east");
  });

  it("says the same of a posted event, and delivers and counts nothing", async () => {
    const url = `${running.url}/test/default?explain`;
    const response = await post(url, { type: "order.created", region: "west" });
    assert.equal(response.status, 200);
    const explained = (await response.json()) as Explained;
    assert.deepEqual(takers(explained), ["created", "west"]);
    assert.ok(explained.event["knativearrivaltime"]);
    const status = await fetch(running.url).then((answer) => answer.json());
    const { brokers } = status as { brokers: { triggers: { counts: { matched: number } }[] }[] };
    assert.deepEqual(
      brokers[0]?.triggers.map(({ counts }) => counts.matched),
      [0, 0],
    );
    assert.deepEqual(running.deliveries, []);
  });

  const refused: [string, () => Promise<Response>, number, string][] = [
    ["no type", () => fetch(`${running.url}/explain?source=a`), 400, "INVALID_EVENT"],
    [
      "an attribute with two values",
      () => fetch(`${running.url}/explain?type=a&type=b`),
      400,
      "INVALID_EVENT",
    ],
    [
      "a bad extension name",
      () => fetch(`${running.url}/explain?type=a&a-b=c`),
      400,
      "INVALID_EVENT",
    ],
    [
      "no event",
      () => fetch(`${running.url}/test/default?explain`, { method: "POST", body: "x" }),
      400,
      "NOT_AN_EVENT",
    ],
    [
      "an unknown broker",
      () => post(`${running.url}/test/other?explain`, { type: "a" }),
      404,
      "UNKNOWN_BROKER",
    ],
    [
      "a TTL that is used up",
      () => post(`${running.url}/test/default?explain`, { type: "a", knativebrokerttl: "1" }),
      400,
      "TTL_EXHAUSTED",
    ],
    [
      "any other query, as Knative does",
      () => post(`${running.url}/test/default?other`, { type: "a" }),
      404,
      "UNKNOWN_BROKER",
    ],
  ];
  for (const [title, ask, status, code] of refused) {
    it(`answers ${status} to ${title}`, async () => {
      const response = await ask();
      assert.equal(response.status, status);
      assert.equal(((await response.json()) as { code: string }).code, code);
    });
  }
});
