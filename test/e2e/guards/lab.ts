import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { LoadClassified } from "../../../shared/events/load.ts";
import type { DecisionRecord, Settlement } from "../../../shared/events/resources.ts";
import type { Policy } from "../../../shared/policy-schema.ts";
import { postEvent, send } from "../http.ts";
import { base, type Runtime, startRuntime, waitFor } from "../runtime.ts";
import { openEar } from "./ear.ts";
import { startPast } from "./past.ts";
import type { Load, Manifest, Used } from "./row.ts";

export type Live = Manifest & {
  metadata: { namespace: string; uid: string; resourceVersion: string };
};

/** One runtime with the real function, a cluster of one's choice, and an ear at its broker. */
export type Lab = {
  vigie: Runtime;
  /** One request to the cluster as its admin; a body is a merge patch. */
  kube(method: string, path: string, body?: object): Promise<Live>;
  list(path: string): Promise<Live[]>;
  /** The first pod that runs there, else the first. */
  podOf(namespace: string): Promise<Live>;
  post(type: string, id: string, data: object): Promise<void>;
  /** As alert-handle tells it; `id` is the cause in the record. */
  tell(id: string, pod: Live, load?: Load): Promise<void>;
  /** The first record because of an event. Waits for it. */
  decided(cause: string): Promise<DecisionRecord>;
  /** All records because of an event, so far. */
  records(cause: string): DecisionRecord[];
  settled(decisionId: string): Promise<Settlement>;
  deadLetters(): string[];
  /** Another policy, which is in force for the next event. */
  edit(change: (policy: Policy) => void): Promise<void>;
  close(): Promise<void>;
};

/** The machine may be busy with other tests. */
const PATIENCE_MS = 40_000;

const policyIn = (file: string) => {
  const manifest = parse(readFileSync(file, "utf8")) as { data: { "policy.yaml": string } };
  return { manifest, policy: parse(manifest.data["policy.yaml"]) as Policy };
};

const list = (items: Live[], kind: string) => items.map((item) => ({ ...item, kind }));

export async function startLab(options: {
  scenario: object;
  used: ReadonlyMap<string, Used>;
  policy: (policy: Policy) => void;
}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-guards-"));
  const ear = await openEar();
  const past = await startPast(options.used);
  const policyFile = join(folder, "manifests", "policy.yaml");
  const write = (change: (policy: Policy) => void) => {
    const { manifest, policy } = policyIn(policyFile);
    change(policy);
    manifest.data["policy.yaml"] = stringify(policy);
    writeFileSync(policyFile, stringify(manifest));
  };
  for (const name of ["namespace", "broker", "resource-patch", "policy"]) {
    cpSync(join(base, `${name}.yaml`), join(folder, "manifests", `${name}.yaml`));
  }
  edited(join(folder, "manifests", "broker.yaml"), (text) =>
    text.replace(/deadLetterSink:[\s\S]*/, `deadLetterSink: { uri: "${ear.url}/dead-letters" }\n`),
  );
  edited(join(folder, "manifests", "resource-patch.yaml"), (text) =>
    text.replace(
      "          env:\n",
      "          env:\n" +
        `            - { name: PROMETHEUS_URL, value: "${past.url}" }\n` +
        // A busy machine is no missing history.
        '            - { name: PROMETHEUS_TIMEOUT_MS, value: "10000" }\n',
    ),
  );
  writeFileSync(join(folder, "manifests", "ear.yaml"), earTrigger(ear.url));
  write(options.policy);
  const scenario = join(folder, "scenario.yaml");
  writeFileSync(scenario, stringify(options.scenario));
  const close = async (vigie?: Runtime) => {
    await vigie?.stop();
    ear.close();
    await past.stop();
    rmSync(folder, { recursive: true });
  };
  let vigie: Runtime;
  try {
    const files = ["--scenario", scenario, "-f", join(folder, "manifests")];
    vigie = await startRuntime("--no-clock", "--prometheus", "off", ...files);
  } catch (error) {
    await close();
    throw error;
  }

  const kube = async (method: string, path: string, body?: object) => {
    const answer = await send(`http://127.0.0.1:${vigie.kubePort}${path}`, {
      method,
      headers: {
        "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as Live;
  };
  const items = async (path: string) => {
    const answer = (await kube("GET", path)) as unknown as { kind: string; items: Live[] };
    return list(answer.items, answer.kind.replace(/List$/, ""));
  };
  const post = async (type: string, id: string, data: object) => {
    const answer = await postEvent(vigie.broker, { id, type, source: "/test/guards" }, data);
    assert.equal(Math.floor(answer.status / 100), 2, answer.body);
  };
  const records = (cause: string) =>
    ear.decided.filter(({ inputs }) => inputs.load.cause === cause);

  return {
    vigie,
    kube,
    list: items,
    post,
    records,
    async podOf(namespace) {
      const pods = await items(`/api/v1/namespaces/${namespace}/pods`);
      const isRunning = ({ status }: Live) =>
        (status as { phase?: string } | undefined)?.phase === "Running";
      const found = pods.find(isRunning) ?? pods[0];
      assert.ok(found, `no pod in ${namespace}`);
      return found;
    },
    async tell(id, { metadata: { namespace, name, uid } }, load = {}) {
      await post(LoadClassified.type, id, {
        namespace,
        pod: name,
        podUid: uid,
        resource: "cpu",
        percent: 92,
        band: "high",
        previousBand: null,
        labels: { set: {}, removed: [] },
        owner: { apiVersion: "v1", kind: "Pod", namespace, name },
        managed: true,
        slaClass: "silver",
        observedAt: new Date().toISOString(),
        cause: { id, type: "dev.vigie.alert.fired.v1", alertname: "PodLoadHigh" },
        ...load,
      });
    },
    async decided(cause) {
      await waitFor(`what is decided for ${cause}`, () => records(cause).length > 0, PATIENCE_MS);
      return records(cause)[0] as DecisionRecord;
    },
    async settled(decisionId) {
      const of = () => ear.settled.find((each) => each.decisionId === decisionId);
      await waitFor(`the end of ${decisionId}`, () => of() !== undefined, PATIENCE_MS);
      return of() as Settlement;
    },
    deadLetters: () => ear.deadLetters,
    async edit(change) {
      const reloads = () =>
        vigie.lines.filter(
          ({ kind, message }) => kind === "note" && /^reloaded: /.test(String(message)),
        ).length;
      const before = reloads();
      write(change);
      await waitFor("the reload", () => reloads() > before, PATIENCE_MS);
    },
    close: () => close(vigie),
  };
}

function edited(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, "utf8");
  const after = change(text);
  assert.notEqual(after, text);
  writeFileSync(file, after);
}

function earTrigger(url: string): string {
  return stringify({
    apiVersion: "eventing.knative.dev/v1",
    kind: "Trigger",
    metadata: { name: "ear", namespace: "vigie" },
    spec: {
      broker: "default",
      filters: [{ prefix: { type: "dev.vigie.resources." } }],
      subscriber: { uri: url },
    },
  });
}
