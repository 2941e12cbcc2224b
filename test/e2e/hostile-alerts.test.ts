import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { translate } from "../../functions/alert-source/decide.ts";
import { send } from "./http.ts";
import { type Runtime, startRuntime, waitFor } from "./runtime.ts";

const scenario = {
  nodes: [{ name: "minikube" }],
  namespaces: [{ name: "default" }, { name: "shop" }, { name: "vigie" }],
  workloads: [
    {
      kind: "Pod",
      namespace: "shop",
      name: "cart",
      containers: [{ name: "app", image: "nginx:1.29", limits: { cpu: "100m", memory: "64Mi" } }],
    },
  ],
};

/** What becomes of an alert: it changes the pod's label, is dead-lettered, or refused at the door. */
type End = "high" | "moderate" | "dead-lettered" | 400;

const minute = (offset: number) => new Date(Date.now() + offset * 60_000).toISOString();
const many = Object.fromEntries(
  Array.from({ length: 5_000 }, (_, index) => [`label_${index}`, `v${index}`]),
);
const text256KiB = "é\n\u2028\u0000\u001b[31m".repeat(20_000).slice(0, 200_000);

/** Labels and annotations beside, as JSON text: `__proto__` is a key of its own there. */
const HOSTILE: [name: string, end: End, alert: { [part: string]: string }][] = [
  [
    "annotations of 256 KB with control characters",
    "high",
    { annotations: `{"summary":${JSON.stringify(text256KiB)}}` },
  ],
  ["5,000 labels", "high", { labels: JSON.stringify(many) }],
  [
    "keys of the prototype",
    "high",
    {
      labels: '{"__proto__":"x","constructor":"y","toString":"z"}',
      annotations: '{"__proto__":"9","hasOwnProperty":"1"}',
    },
  ],
  [
    "a prototype that is an object: it is passed over",
    "high",
    { labels: '{"__proto__":{"load":"high"}}' },
  ],
  [
    "a lone surrogate and a line that ends twice",
    "high",
    { labels: '{"zone":"\\ud800\\r\\n\\u2028{\\"level\\":\\"fatal\\"}"}' },
  ],
  ["an alertname of emoji and newlines", "high", { labels: '{"alertname":"🔥\\nPodLoadHigh"}' }],
  ["a percent of 1e309: the band counts", "high", { annotations: '{"percent":"1e309"}' }],
  ["a percent of NaN: the band counts", "high", { annotations: '{"percent":"NaN"}' }],
  ["a percent of 9 digits", "high", { annotations: '{"percent":"999999999"}' }],
  ['a percent of "40 %": the value counts', "moderate", { annotations: '{"percent":"40 %"}' }],
  ["a shell command for a percent", "high", { annotations: '{"percent":"$(reboot)"}' }],
  [
    "a band that is none, and no value",
    "dead-lettered",
    { labels: '{"alertname":"Mine","load":"$(reboot)"}' },
  ],
  [
    "a pod's name of 253 characters that nobody has",
    "dead-lettered",
    { labels: `{"pod":"${"a".repeat(253)}"}` },
  ],
  ["a pod's name of 254 characters", "dead-lettered", { labels: `{"pod":"${"a".repeat(254)}"}` }],
  ["a pod's name that climbs", "dead-lettered", { labels: '{"pod":"../../../nodes/minikube"}' }],
  ["a namespace that is a query", "dead-lettered", { labels: '{"namespace":"shop?watch=1"}' }],
  ["a start in the year 1", "high", { startsAt: '"0001-01-01T00:00:00Z"' }],
  ["a start in the year 9999", "dead-lettered", { startsAt: '"9999-12-31T23:59:59Z"' }],
  ["a start on the 30th of February", 400, { startsAt: '"2026-02-30T00:00:00Z"' }],
  ["labels that are numbers", 400, { labels: '{"x":1e309}' }],
];

describe("a hostile alert", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-hostile-"));
    const file = join(folder, "scenario.yaml");
    writeFileSync(file, JSON.stringify(scenario));
    vigie = await startRuntime("--no-clock", "--prometheus", "off", "--scenario", file);
  });
  after(async () => {
    await vigie?.stop();
    rmSync(folder, { recursive: true });
  });

  const url = () => `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/shop/pods/cart`;
  const label = async () => {
    const pod = (await (await fetch(url())).json()) as { metadata: { labels?: object } };
    return (pod.metadata.labels as Record<string, string> | undefined)?.["vigie.dev/load"];
  };
  const forget = async () => {
    const headers = { "content-type": "application/merge-patch+json" };
    const metadata = {
      labels: { "vigie.dev/load": null },
      annotations: { "vigie.dev/alerts": null },
    };
    const body = JSON.stringify({ metadata });
    assert.equal((await fetch(url(), { method: "PATCH", headers, body })).status, 200);
  };
  /** Written by hand: JSON.stringify cannot write two keys of a name, nor 1e309. */
  const post = async (parts: { labels?: string; annotations?: string; startsAt?: string }) => {
    const beside = (text: string | undefined) =>
      text === undefined ? "" : `,${text.slice(1, -1)}`;
    const labels = `{"alertname":"PodLoadHigh","load":"high","resource":"cpu","namespace":"shop","pod":"cart"${beside(parts.labels)}}`;
    const annotations = `{"summary":"x"${beside(parts.annotations)}}`;
    const alert = `{"status":"firing","startsAt":${parts.startsAt ?? JSON.stringify(minute(-1))},"labels":${labels},"annotations":${annotations}}`;
    const { url: target, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json" };
    const body = `{"version":"4","alerts":[${alert}]}`;
    const [event] = translate(JSON.parse(body)).events;
    const answer = await send(target, { method: "POST", host, headers, body });
    return { ...answer, eventId: event?.id };
  };
  /** The answer of alert-handle; of a dead letter there is another line, of its way to the console. */
  const outcomeOf = async (eventId: string | undefined, from: number) => {
    const find = () =>
      vigie.lines
        .slice(from)
        .find(
          (line) =>
            line["trigger"] === "alert-handle" &&
            line["eventId"] === eventId &&
            line["outcome"] !== "retrying",
        );
    await waitFor("the delivery", () => find() !== undefined);
    return find()?.["outcome"];
  };

  for (const [name, end, parts] of HOSTILE) {
    it(`with ${name} ends as ${end}`, async () => {
      await forget();
      const from = vigie.lines.length;
      const answer = await post(parts);
      if (typeof end === "number") {
        assert.equal(answer.status, end, answer.body);
        return;
      }
      assert.equal(answer.status, 200, answer.body);
      const outcome = await outcomeOf(answer.eventId, from);
      if (end === "dead-lettered") {
        assert.equal(outcome, "dead-lettered");
        assert.equal(await label(), undefined);
      } else {
        assert.notEqual(outcome, "dead-lettered");
        assert.equal(await label(), end);
      }
    });
  }

  it("crashes nothing, breaks no log line in two, and leaves an honest one its way", async () => {
    await forget();
    const { status, eventId = "" } = await post({ annotations: '{"ratio":"0.5"}' });
    assert.equal(status, 200);
    await waitFor("the label", async () => (await label()) === "moderate");
    const text = JSON.stringify(vigie.lines.filter(({ kind }) => kind !== "delivery"));
    assert.doesNotMatch(text, /crashed/);
    const logs = () => globSync(join(vigie.folder, ".vigie/logs/*alert-*"));
    const isLogged = (file: string) => readFileSync(file, "utf8").includes(eventId);
    // The first lines of a process wait until it has nothing better to do.
    await waitFor("its line", () => logs().some((file) => /handle/.test(file) && isLogged(file)));
    const files = logs();
    assert.ok(files.length >= 2, files.join());
    for (const file of files) {
      for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
        const json = line.slice(line.indexOf("{"));
        assert.doesNotThrow(() => JSON.parse(json), `${file}: ${line.slice(0, 200)}`);
      }
    }
  });
});
