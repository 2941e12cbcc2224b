import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { kubectlJson, output } from "./kubectl.ts";
import { EVENTING_FILES, SERVING_FILES } from "./releases.ts";
import {
  LEAST_KUBECTL_MINOR,
  LEAST_SERVER_MINOR,
  LEAST_SKAFFOLD,
  SKAFFOLD_CONTEXT,
  VERSIONS,
} from "./versions.ts";

/** https://docs.docker.com/engine/release-notes/23.0: buildx is the default builder of the client. */
const FIRST_DOCKER_WITH_BUILDX = 23;

/** One thing that the minikube overlay needs. `get` says how it is got where it is missing. */
export type Finding = { name: string; isThere: boolean; get: string };

type Version = { minor: string };
type ConfigMap = { metadata: { name: string; namespace: string }; data: Record<string, string> };
type Nodes = { items: { metadata: { labels?: Record<string, string> } }[] };

const apply = (files: readonly string[]) =>
  files.map((file) => `kubectl apply -f ${file}`).join(" && ");

/** Programs first, then the cluster of kubectl's context, in the order in which they are got. Changes nothing. */
export async function findings(): Promise<Finding[]> {
  const versions = await kubectlJson<{ clientVersion?: Version; serverVersion?: Version }>(
    "version",
    "-o",
    "json",
  );
  // Without a server kubectl fails, and has its own version all the same.
  const client =
    versions ??
    (await kubectlJson<{ clientVersion?: Version }>("version", "--client", "-o", "json"));
  const found: Finding[] = [
    {
      name: `kubectl 1.${LEAST_KUBECTL_MINOR} or newer`,
      isThere: Number.parseInt(client?.clientVersion?.minor ?? "0", 10) >= LEAST_KUBECTL_MINOR,
      get: "https://kubernetes.io/docs/tasks/tools",
    },
    ...(await programs()),
    {
      name: `a cluster of Kubernetes 1.${LEAST_SERVER_MINOR} or newer in kubectl's context`,
      isThere: Number.parseInt(versions?.serverVersion?.minor ?? "0", 10) >= LEAST_SERVER_MINOR,
      get: `minikube start --profile vigie --nodes 3 --cpus 2 --memory 4g --cni calico --kubernetes-version ${VERSIONS.kubernetes}`,
    },
  ];
  if (versions?.serverVersion === undefined) return found;
  return [
    ...found,
    await context(),
    ...(await apis()),
    ...(await settings()),
    ...(await ownParts()),
  ];
}

async function programs(): Promise<Finding[]> {
  const wanted = [
    ["minikube", ["version", "--short"], "https://minikube.sigs.k8s.io/docs/start"],
    ["docker", ["info"], "a Docker engine that runs: https://docs.docker.com/engine/install"],
    ["helm", ["version", "--short"], "https://helm.sh/docs/intro/install"],
  ] as const;
  const others = wanted.map(async ([name, args, get]) => ({
    name,
    isThere: (await output(name, ...args)) !== null,
    get,
  }));
  const buildx = {
    name: "docker buildx",
    isThere: await hasBuildKit(),
    get: "the package docker-buildx or docker-buildx-plugin: https://docs.docker.com/go/buildx",
  };
  const { major, minor } = LEAST_SKAFFOLD;
  const skaffold = {
    name: `skaffold ${major}.${minor} or newer`,
    isThere: isSkaffoldNewEnough(await output("skaffold", "version")),
    get: "https://skaffold.dev/docs/install",
  };
  return [...(await Promise.all(others)), buildx, skaffold];
}

/** A client before 23 has BuildKit in itself; since then, without the plugin, no build of ours begins. */
async function hasBuildKit(): Promise<boolean> {
  if ((await output("docker", "buildx", "version")) !== null) return true;
  const [, major] =
    /^Docker version (\d+)\./.exec((await output("docker", "--version")) ?? "") ?? [];
  return major !== undefined && Number(major) < FIRST_DOCKER_WITH_BUILDX;
}

/** What `skaffold version` prints: `v2.16.1`, alone on its line. */
function isSkaffoldNewEnough(printed: string | null): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)\./m.exec(printed ?? "") ?? [];
  const least = LEAST_SKAFFOLD;
  if (Number(major) !== least.major) return Number(major) > least.major;
  return Number(minor) >= least.minor;
}

/** cluster:up and cluster:verify act on kubectl's context, skaffold on the one that skaffold.yaml names. */
async function context(): Promise<Finding> {
  const current = (await output("kubectl", "config", "current-context"))?.trim() ?? "none";
  return {
    name: `kubectl's context ${SKAFFOLD_CONTEXT}, where skaffold deploys`,
    isThere: current === SKAFFOLD_CONTEXT,
    get: `kubectl config use-context ${SKAFFOLD_CONTEXT} (it is ${current})`,
  };
}

async function apis(): Promise<Finding[]> {
  const core = await kubectlJson<{ resources: { name: string }[] }>("get", "--raw", "/api/v1");
  const all = await kubectlJson<{ groups: { name: string }[] }>("get", "--raw", "/apis");
  const has = (group: string): boolean => all?.groups.some(({ name }) => name === group) ?? false;
  return [
    {
      name: "the subresource pods/resize",
      isThere: core?.resources.some(({ name }) => name === "pods/resize") ?? false,
      get: "the feature InPlacePodVerticalScaling has been turned off: start the cluster without that",
    },
    {
      name: "Knative Serving and Kourier",
      isThere: has("serving.knative.dev"),
      get: apply(SERVING_FILES),
    },
    {
      name: "Knative Eventing with its in-memory channel and broker",
      isThere: has("eventing.knative.dev") && has("sources.knative.dev"),
      get: apply(EVENTING_FILES),
    },
    {
      name: "the Prometheus operator (not for the profile no-prometheus)",
      isThere: has("monitoring.coreos.com"),
      get: `helm upgrade --install kps kube-prometheus-stack --repo https://prometheus-community.github.io/helm-charts --version ${VERSIONS.kubePrometheusStack} --namespace monitoring --create-namespace -f prometheus/kube-prometheus-stack/values.yaml`,
    },
  ];
}

/** Every key of serving.yaml, with the value that it has there. */
async function settings(): Promise<Finding[]> {
  const file = readFileSync(new URL("serving.yaml", import.meta.url), "utf8");
  const wanted = parseAllDocuments(file).map((one) => one.toJS() as ConfigMap);
  const found: Finding[] = [];
  for (const { metadata, data } of wanted) {
    const { name, namespace } = metadata;
    const live = await kubectlJson<ConfigMap>("get", "cm", name, "-n", namespace, "-o", "json");
    for (const [key, value] of Object.entries(data)) {
      found.push({
        name: `${name}: ${key}`,
        isThere: live?.data?.[key]?.trim() === value.trim(),
        get: "kubectl apply --server-side --field-manager vigie-cluster -f knative/cluster/serving.yaml",
      });
    }
  }
  return found;
}

async function ownParts(): Promise<Finding[]> {
  const nodes = await kubectlJson<Nodes>("get", "nodes", "-o", "json");
  const machines = ["machine-1", "machine-2"].map((machine) => ({
    name: `a node for ${machine}`,
    isThere:
      nodes?.items.some(({ metadata }) => metadata.labels?.["vigie.dev/machine"] === machine) ??
      false,
    get: `kubectl label node <node> vigie.dev/machine=${machine}`,
  }));
  const secrets = await Promise.all(
    ["vigie", "monitoring"].map(async (namespace) => ({
      name: `the Secret alert-source-token in ${namespace}`,
      isThere:
        (await output(
          "kubectl",
          "get",
          "secret",
          "alert-source-token",
          "-n",
          namespace,
          "-o",
          "name",
        )) !== null,
      get: `kubectl create secret generic alert-source-token -n ${namespace} --from-file token=<file>, the same file in vigie and in monitoring (no newline at its end)`,
    })),
  );
  return [...machines, ...secrets];
}
