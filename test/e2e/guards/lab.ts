import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LoadClassified } from "../../../shared/events/load.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import type { Settlement } from "../../../shared/events/settled.ts";
import type { Policy } from "../../../shared/policy-schema.ts";
import { postEvent, send } from "../http.ts";
import { type Runtime, startRuntime, waitFor } from "../runtime.ts";
import { openEar } from "./ear.ts";
import { openLabFolder } from "./lab-folder.ts";
import { startPast } from "./past.ts";
import type { Load, Manifest, Used } from "./row.ts";

type Live = Manifest & {
  metadata: { namespace: string; uid: string; resourceVersion: string };
};

/** One runtime with the real function, a cluster of one's choice, and an ear at its broker. */
export type Lab = {
  vigie: Runtime;
  /** One request to the cluster as its admin; a body is a merge patch. */
  kube: (method: string, path: string, body?: object) => Promise<Live>;
  list: (path: string) => Promise<Live[]>;
  /** The first pod that runs there, else the first. */
  podOf: (namespace: string) => Promise<Live>;
  post: (
    type: string,
    id: string,
    data: object,
    extensions?: Record<string, string>,
  ) => Promise<void>;
  /** As alert-handle tells it; `id` is the cause in the record. */
  tell: (id: string, pod: Live, load?: Load) => Promise<void>;
  /** The record because of an event, or a later one: what came to nothing is decided anew. Waits for it. */
  decided: (cause: string, nth?: number) => Promise<DecisionRecord>;
  /** What the function logged of an event. Waits for it. */
  logged: (eventId: string) => Promise<{ kind: string; reason: string }>;
  settled: (decisionId: string) => Promise<Settlement>;
  deadLetters: () => string[];
  /** Another policy, which is in force for the next event. */
  edit: (change: (policy: Policy) => void) => Promise<void>;
  close: () => Promise<void>;
};

/** The machine may be busy with other tests. */
const PATIENCE_MS = 40_000;

export async function startLab(options: {
  scenario: object;
  used: ReadonlyMap<string, Used>;
  policy: (policy: Policy) => void;
}): Promise<Lab> {
  const ear = await openEar();
  const past = await startPast(options.used);
  const folder = openLabFolder(options.scenario, { earUrl: ear.url, prometheusUrl: past.url });
  folder.edit(options.policy);
  const close = async (vigie?: Runtime) => {
    await vigie?.stop();
    ear.close();
    await past.stop();
    folder.remove();
  };
  let vigie: Runtime;
  try {
    const files = ["--scenario", folder.scenario, "-f", folder.manifests];
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
    // The members of a list do not say what they are.
    return answer.items.map((item) => ({ ...item, kind: answer.kind.replace(/List$/, "") }));
  };
  const post: Lab["post"] = async (type, id, data, extensions = {}) => {
    const attributes = { id, type, source: "/test/guards", ...extensions };
    const answer = await postEvent(vigie.broker, attributes, data);
    assert.equal(Math.floor(answer.status / 100), 2, answer.body);
  };
  const records = (cause: string) =>
    ear.decided.filter(({ inputs }) => inputs.load.cause === cause);
  const logLine = (eventId: string) => {
    const texts = globSync(".vigie/logs/**/*resource-patch*", { cwd: vigie.folder }).map((file) =>
      readFileSync(join(vigie.folder, file), "utf8"),
    );
    // The last line may be half written; one that failed is followed by the answer to another try.
    const lines = texts.flatMap((text) => text.split("\n").slice(0, -1));
    const line = lines.find(
      (each) => each.includes(`"event_id":"${eventId}"`) && !each.includes(`"msg":"failed"`),
    );
    return line === undefined ? undefined : (JSON.parse(line) as { kind: string; reason: string });
  };

  return {
    vigie,
    kube,
    list: items,
    post,
    async logged(eventId) {
      await waitFor(`the log of ${eventId}`, () => logLine(eventId) !== undefined, PATIENCE_MS);
      return logLine(eventId) as { kind: string; reason: string };
    },
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
    async decided(cause, nth = 0) {
      const isThere = () => records(cause).length > nth;
      await waitFor(`what is decided for ${cause}`, isThere, PATIENCE_MS);
      return records(cause)[nth] as DecisionRecord;
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
          ({ kind, message }) => kind === "note" && String(message).startsWith("reloaded: "),
        ).length;
      const before = reloads();
      folder.edit(change);
      await waitFor("the reload", () => reloads() > before, PATIENCE_MS);
    },
    close: () => close(vigie),
  };
}
