import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../../knative/local/cluster/kube-object.ts";
import { UsageEnv } from "../../../../functions/resource-patch/usage/env.ts";
import {
  openUsage,
  readUsage,
  type UsageDeps,
} from "../../../../functions/resource-patch/usage/read-usage.ts";
import { type Lab, connectAs, startLab } from "../cluster.ts";
import { type Asked, matrix, type Reply, startFake } from "./fake-server.ts";
import { podOf, questionOf } from "./pods.ts";

const nowSeconds = 1_800_000_100;
const owner = (index: number) => ({ kind: "Deployment", name: `web-${index}` });
const podNamed = (index: number) => podOf(`web-${index}-7d9c5b8f6d-x2x2x`, { namespace: "gone" });
const nothing = matrix([]);
/** An hour of use at 300 m and 64 MiB. */
const usual = (form: URLSearchParams): string => {
  const times = (step: number) =>
    Array.from({ length: 12 }, (_, index) => Number(form.get("end")) - (11 - index) * step);
  const series = (stat: string, value: string, step: number) => ({
    container: "app",
    stat,
    values: times(step).map((time): [number, string] => [time, value]),
  });
  const query = String(form.get("query"));
  if (query.includes('"cpu"')) {
    return matrix([series("cpu", "300", 60), series("memory", "67108864", 60)]);
  }
  if (query.includes('"mean"')) return matrix([series("peak", "300", 300)]);
  return matrix([series("peak", "67108864", 300)]);
};

function keepBusy(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe("readUsage", () => {
  let lab: Lab;
  let open: (() => void | Promise<void>)[] = [];
  before(async () => (lab = await startLab()));
  after(() => lab.stop());
  afterEach(async () => {
    for (const close of open.toReversed()) await close();
    open = [];
  });

  const depsOf = (env: Record<string, string>, kube = lab.context.kube): UsageDeps => {
    const deps = openUsage(UsageEnv.parse(env), kube);
    open.push(() => deps.close());
    return deps;
  };
  const fake = async (reply: Parameters<typeof startFake>[0], env: Record<string, string> = {}) => {
    const server = await startFake(reply);
    open.push(() => server.stop());
    // A busy machine is no server that is late.
    const patience = { PROMETHEUS_TIMEOUT_MS: "10000" };
    return { ...server, deps: depsOf({ PROMETHEUS_URL: server.url, ...patience, ...env }) };
  };
  const ask = (deps: UsageDeps, index = 0) =>
    readUsage(deps, questionOf(podNamed(index), owner(index), nowSeconds));
  const reasonOf = async (deps: UsageDeps, index = 0) => {
    const facts = await ask(deps, index);
    return "reason" in facts ? (facts.reason.split("; ")[0] ?? "") : "no reason";
  };

  it("takes what metrics.k8s.io says of now when history is off, with the function's own rights", async () => {
    const manifest = join(import.meta.dirname, "../../../../knative/base/resource-patch.yaml");
    const objects = parseAllDocuments(readFileSync(manifest, "utf8"));
    lab.cluster.apply(objects.map((object) => object.toJS() as KubeObject));
    const as = connectAs(lab, lab.cluster.tokenFor("vigie", "resource-patch"));
    open.push(as.stop);
    const deps = depsOf({}, as.context.kube);
    const look = () =>
      readUsage(deps, questionOf(lab.pod("app"), { kind: "Pod", name: "app" }, Date.now() / 1000));
    let facts = await look();
    // On a busy machine a decision does not wait for it: the next one asks again.
    while ("reason" in facts && facts.reason.endsWith("is too slow")) facts = await look();
    assert.deepEqual(facts, {
      source: "metrics.k8s.io",
      historyHours: 0,
      confidence: { ratio: 0, isEnough: false },
      containers: [
        { name: "app", nowCpuMillis: 100, nowMemoryBytes: 1_000_448, cpu: null, memory: null },
      ],
    });
  });

  it("says why there is nothing, of each source", async () => {
    const facts = await ask(depsOf({}));
    assert.ok("reason" in facts);
    assert.match(facts.reason, /^history is off: PROMETHEUS_URL is not set; metrics\.k8s\.io: .+/);
  });

  const failures: [name: string, reply: Reply, reason: RegExp][] = [
    ["is no Prometheus", "<html>", /^Prometheus answered with what is no JSON$/],
    ["is some other API", '{"kind":"Status"}', /^what answers at PROMETHEUS_URL is no Prometheus$/],
    ["answers with an error page", 502, /^Prometheus answered 502$/],
    [
      "refuses the query",
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      /^Prometheus: parse error$/,
    ],
    [
      "answers too much",
      "x".repeat(8 * 1024 * 1024 + 1),
      /^the answer of Prometheus is too large$/,
    ],
    [
      "answers nonsense for points",
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"container":"app"},"values":[null,7,["x"]]}]}}',
      /^Prometheus knows no usage of it$/,
    ],
  ];
  for (const [name, reply, reason] of failures) {
    it(`goes on with the reason when the server ${name}`, async () => {
      const { deps } = await fake(() => reply);
      assert.match(await reasonOf(deps), reason);
    });
  }

  it("waits for the time-out once, and not at all in the seconds after", async () => {
    const { deps, asked } = await fake(() => null, { PROMETHEUS_TIMEOUT_MS: "60" });
    assert.equal(await reasonOf(deps), "Prometheus gave no answer within 60 ms");
    assert.equal(await reasonOf(deps, 1), "Prometheus gave no answer within 60 ms, a moment ago");
    // Of the first question a busy server may only read now what was sent long ago.
    const isOfSecond = ({ form }: Asked) => String(form.get("query")).includes("web-1-");
    assert.deepEqual(asked.filter(isOfSecond), []);
  });

  it("goes on asking when it is one question alone that takes too long", async () => {
    const { deps } = await fake(
      ({ form }) => {
        const query = String(form.get("query"));
        return query.includes("web-0-") && query.includes('"mean"') ? null : usual(form);
      },
      { PROMETHEUS_TIMEOUT_MS: "1000" },
    );
    assert.equal(await reasonOf(deps), "Prometheus gave no answer within 1000 ms");
    assert.equal(await reasonOf(deps, 1), "no reason");
  });

  it("reads an answer that came while the process was busy with something else", async () => {
    const { deps, asked } = await fake(
      ({ form }, count) => {
        // Once it has been answered, and before anybody reads that.
        if (count === 3) setImmediate(keepBusy, 900);
        return usual(form);
      },
      { PROMETHEUS_TIMEOUT_MS: "700" },
    );
    assert.equal(await reasonOf(deps), "no reason");
    assert.equal(asked.length, 3);
  });

  it("does not follow where nobody listens", async () => {
    const server = await startFake(() => nothing);
    await server.stop();
    const deps = depsOf({ PROMETHEUS_URL: server.url });
    assert.equal(await reasonOf(deps), "Prometheus cannot be reached: ECONNREFUSED");
  });

  it("asks three times for all pods of a workload that come together, and shares the answer", async () => {
    const { deps, asked } = await fake(({ form }) => usual(form));
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(deps)));
    assert.equal(asked.length, 3);
    assert.equal(new Set(all).size, 1);
    await ask(deps, 1);
    assert.equal(asked.length, 6);
  });

  it("asks about four workloads at a time, and stays within the time for the rest", async () => {
    let now = 0;
    let most = 0;
    const { deps } = await fake(async ({ form }) => {
      most = Math.max(most, (now += 1));
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return usual(form);
    });
    const all = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(deps, index)));
    assert.ok(all.every((facts) => !("reason" in facts)));
    assert.ok(most <= 12, `${most} at a time`);
  });

  it("makes nothing smaller on an hour of history, and makes CPU larger by a step at most", async () => {
    const { deps } = await fake(({ form }) => usual(form));
    const facts = await ask(deps);
    assert.ok(!("reason" in facts));
    assert.equal(facts.confidence.isEnough, false);
    assert.equal(facts.containers[0]?.cpu?.kind, "keep");
    assert.equal(facts.containers[0].memory?.kind, "keep");
  });

  it("logs in with secrets from files", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vigie-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const token = join(folder, "token");
    const basic = join(folder, "basic");
    writeFileSync(token, "t0ken\n");
    writeFileSync(basic, "vigie:secret\n");
    const bearer = await fake(() => nothing, { PROMETHEUS_TOKEN_FILE: token });
    await ask(bearer.deps);
    assert.equal(bearer.asked[0]?.headers.authorization, "Bearer t0ken");
    const other = await fake(() => nothing, { PROMETHEUS_BASIC_FILE: basic });
    await ask(other.deps);
    assert.equal(other.asked[0]?.headers.authorization, "Basic dmlnaWU6c2VjcmV0");
    const lost = await fake(() => nothing, { PROMETHEUS_TOKEN_FILE: join(folder, "none") });
    assert.match(await reasonOf(lost.deps), /^a secret for Prometheus cannot be read: /);
  });

  it("bounds what it asks: 2304 slots, one hour of minutes, and the server's own time", async () => {
    const { asked, deps } = await fake(({ form }) => usual(form));
    await ask(deps);
    const points = asked.map(({ form }) => {
      const [start, end, step] = ["start", "end", "step"].map((key) => Number(form.get(key)));
      return (Number(end) - Number(start)) / Number(step) + 1;
    });
    assert.deepEqual(
      points.toSorted((one, other) => one - other),
      [60, 2304, 2304],
    );
    for (const { form } of asked) assert.match(String(form.get("timeout")), /^\d{1,5}ms$/);
  });

  it("refuses a URL that is none, or that holds a password", () => {
    for (const url of ["prometheus:9090", "ftp://prometheus", "http://user:secret@prometheus"]) {
      assert.equal(UsageEnv.safeParse({ PROMETHEUS_URL: url }).success, false, url);
    }
  });
});
