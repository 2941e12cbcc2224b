import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { kubectlJson } from "./kubectl.ts";
import { EVENTING_FILES, SERVING_FILES } from "./releases.ts";
import { run } from "./run.ts";
import { VERSIONS } from "./versions.ts";

/** One thing that cluster:up adds when it is not there, and cluster:down takes away when it did. */
export type Step = {
  id: string;
  what: string;
  isThere(): Promise<boolean>;
  add(): Promise<void>;
  remove(): Promise<void>;
};

type Nodes = { items: { metadata: { name: string; labels: Record<string, string> } }[] };
type ConfigMap = { metadata: object; data: Record<string, string> };

const WAIT_SECONDS = 300;
const MACHINES = ["machine-1", "machine-2"];
const SECRET_NAMESPACES = ["vigie", "monitoring"];
const SETTINGS = new URL("serving.yaml", import.meta.url);
const VALUES = new URL("../../prometheus/kube-prometheus-stack/values.yaml", import.meta.url);
const settings = () =>
  parseAllDocuments(readFileSync(SETTINGS, "utf8")).map(
    (one) => one.toJS() as ConfigMap & { metadata: { name: string; namespace: string } },
  );
const exists = async (...what: string[]): Promise<boolean> =>
  (await kubectlJson("get", ...what, "-o", "json")) !== null;
const nodes = async (): Promise<Nodes["items"]> =>
  (await kubectlJson<Nodes>("get", "nodes", "-o", "json"))?.items ?? [];
const kubectl = (...args: string[]): void => run("kubectl", args);

function applyAll(files: readonly string[], namespaces: readonly string[]): void {
  for (const file of files) {
    kubectl("apply", "-f", file);
    // What comes next may be of a kind that is new.
    if (!file.endsWith("-crds.yaml")) continue;
    kubectl("wait", "--for=condition=Established", "-f", file, `--timeout=${WAIT_SECONDS}s`);
  }
  for (const namespace of namespaces) {
    const what = ["deployment", "--all", "-n", namespace];
    kubectl("wait", "--for=condition=Available", ...what, `--timeout=${WAIT_SECONDS}s`);
  }
}

function removeAll(files: readonly string[]): void {
  for (const file of files.toReversed()) kubectl("delete", "--ignore-not-found", "-f", file);
}

const serverSide = ["apply", "--server-side", "--field-manager", "vigie-cluster", "-f", "-"];

function namespaceStep(name: string): Step {
  return {
    id: `namespace-${name}`,
    what: `the namespace ${name}`,
    isThere: () => exists("namespace", name),
    add: async () => kubectl("create", "namespace", name),
    remove: async () => kubectl("delete", "--ignore-not-found", "namespace", name),
  };
}

/** In the order of cluster:up; cluster:down goes backwards. */
export const STEPS: readonly Step[] = [
  {
    id: "serving",
    what: `Knative Serving and Kourier ${VERSIONS.serving}`,
    isThere: () => exists("namespace", "knative-serving"),
    add: async () => applyAll(SERVING_FILES, ["knative-serving", "kourier-system"]),
    remove: async () => removeAll(SERVING_FILES),
  },
  {
    id: "settings",
    what: "one feature flag, our domain and Kourier in Serving's settings",
    async isThere() {
      for (const { metadata, data } of settings()) {
        const { name, namespace } = metadata;
        const live = await kubectlJson<ConfigMap>("get", "cm", name, "-n", namespace, "-o", "json");
        const isSame = ([key, value]: [string, string]) =>
          live?.data?.[key]?.trim() === value.trim();
        if (!Object.entries(data).every(isSame)) return false;
      }
      return true;
    },
    add: async () => run("kubectl", serverSide, readFileSync(SETTINGS, "utf8")),
    // Applied again without data: the fields of this manager go, everybody else's stay.
    async remove() {
      const items = settings().map(({ data: _data, ...one }) => one);
      run("kubectl", serverSide, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    },
  },
  {
    id: "eventing",
    what: `Knative Eventing ${VERSIONS.eventing}`,
    isThere: () => exists("namespace", "knative-eventing"),
    add: async () => applyAll(EVENTING_FILES, ["knative-eventing"]),
    remove: async () => removeAll(EVENTING_FILES),
  },
  {
    id: "machines",
    what: "a label on two nodes, where machine-1 and machine-2 run",
    async isThere() {
      const labels = (await nodes()).map(({ metadata }) => metadata.labels["vigie.dev/machine"]);
      return MACHINES.every((machine) => labels.includes(machine));
    },
    async add() {
      const isWorker = (labels: Record<string, string>): boolean =>
        !("node-role.kubernetes.io/control-plane" in labels);
      const places = (await nodes()).toSorted(
        (one, other) =>
          Number(isWorker(other.metadata.labels)) - Number(isWorker(one.metadata.labels)),
      );
      if (places.length < MACHINES.length) throw new Error("two nodes are needed, one per machine");
      MACHINES.forEach((machine, index) => {
        const node = places[index]?.metadata.name ?? "";
        kubectl("label", "node", node, "--overwrite", `vigie.dev/machine=${machine}`);
      });
    },
    remove: async () => kubectl("label", "nodes", "-l", "vigie.dev/machine", "vigie.dev/machine-"),
  },
  namespaceStep("vigie"),
  namespaceStep("monitoring"),
  {
    id: "token",
    what: "the Secret alert-source-token in vigie and in monitoring, random, shown nowhere",
    async isThere() {
      const there = await Promise.all(
        SECRET_NAMESPACES.map((one) => exists("secret", "alert-source-token", "-n", one)),
      );
      return there.every(Boolean);
    },
    async add() {
      const data = { token: Buffer.from(randomBytes(32).toString("base64url")).toString("base64") };
      for (const namespace of SECRET_NAMESPACES) {
        const metadata = { name: "alert-source-token", namespace };
        const secret = { apiVersion: "v1", kind: "Secret", metadata, data };
        run("kubectl", serverSide, JSON.stringify(secret));
      }
    },
    async remove() {
      for (const namespace of SECRET_NAMESPACES) {
        const what = ["secret", "alert-source-token", "-n", namespace];
        kubectl("delete", "--ignore-not-found", ...what);
      }
    },
  },
  {
    id: "prometheus",
    what: `kube-prometheus-stack ${VERSIONS.kubePrometheusStack}, as release kps in monitoring`,
    isThere: () => exists("crd", "alertmanagerconfigs.monitoring.coreos.com"),
    async add() {
      const chart = ["kube-prometheus-stack", "--version", VERSIONS.kubePrometheusStack];
      const repository = ["--repo", "https://prometheus-community.github.io/helm-charts"];
      const into = ["--namespace", "monitoring", "--wait", "-f", fileURLToPath(VALUES)];
      run("helm", ["upgrade", "--install", "kps", ...chart, ...repository, ...into]);
    },
    // Helm leaves the chart's kinds (CRDs), as it always does: others may use them by now.
    remove: async () =>
      run("helm", ["uninstall", "kps", "--namespace", "monitoring", "--ignore-not-found"]),
  },
];
