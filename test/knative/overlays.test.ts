import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { checkManifests, warningText } from "../../knative/local/lint/lint.ts";
import { KnativeServiceManifest } from "../../knative/local/manifests/knative-service.ts";
import { kubectlMinor } from "../kubectl.ts";
import { type KubeManifest, render, unknownFields, validateStrictly } from "./strict-schemas.ts";

type Container = {
  image: string;
  env?: { name: string; valueFrom?: object }[];
  envFrom?: { secretRef?: object }[];
  ports?: { hostPort?: number }[];
  securityContext: object;
  resources: object;
};
type PodSpec = {
  automountServiceAccountToken?: boolean;
  serviceAccountName?: string;
  securityContext?: Record<string, unknown>;
  initContainers?: Container[];
  containers: Container[];
  nodeSelector?: Record<string, string>;
  volumes?: ({ name: string } & Record<string, unknown>)[];
};
/** What the restricted profile lets a pod have. https://kubernetes.io/docs/concepts/security/pod-security-standards */
const VOLUMES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const OF_THE_HOST = ["hostNetwork", "hostPID", "hostIPC", "hostUsers"];

const root = resolve(import.meta.dirname, "../..");
const overlays = [
  "knative/overlays/minikube",
  "knative/overlays/minikube/without-prometheus",
  "knative/overlays/production",
  "knative/overlays/production-namespaced",
  "knative/overlays/production-oidc",
];
/** What each asks of a cluster's config-features, with what its pages say to turn on. */
const FEATURES: Record<string, readonly string[]> = {
  minikube: ["kubernetes.podspec-nodeselector"],
  production: ["kubernetes.podspec-priorityclassname"],
};
/** The pods that an object makes: a Service, a Deployment, a Job, a CronJob, or one itself. */
const templateOf = ({ kind, ...object }: KubeManifest): PodSpec | undefined => {
  type Template = { template?: { spec?: PodSpec } };
  const spec = object["spec"] as (Template & { jobTemplate?: { spec: Template } }) | undefined;
  if (kind === "Pod") return spec as unknown as PodSpec;
  return (spec?.jobTemplate?.spec ?? spec)?.template?.spec;
};
const isService = ({ apiVersion, kind }: KubeManifest) =>
  apiVersion === "serving.knative.dev/v1" && kind === "Service";

/** Restricted Pod Security, limits, secrets as files only, and a token only for who has a role. */
function assertRestricted(objects: readonly KubeManifest[]): void {
  const bound = new Set(
    objects
      .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
      .flatMap(({ subjects }) => (subjects as { name: string }[]).map(({ name }) => name)),
  );
  for (const object of objects) {
    const pod = templateOf(object);
    if (pod === undefined) continue;
    assert.equal(
      pod.automountServiceAccountToken !== false,
      bound.has(pod.serviceAccountName ?? ""),
      object.metadata.name,
    );
    assert.deepEqual(
      OF_THE_HOST.filter((field) => field in pod),
      [],
    );
    for (const { name, ...volume } of pod.volumes ?? []) {
      assert.deepEqual(
        Object.keys(volume).filter((kind) => !VOLUMES.has(kind)),
        [],
        name,
      );
    }
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      for (const { name, valueFrom = {} } of container.env ?? []) {
        assert.ok(!("secretKeyRef" in valueFrom), name);
      }
      assert.ok(!container.envFrom?.some(({ secretRef }) => secretRef !== undefined));
      assert.ok(!container.ports?.some(({ hostPort }) => hostPort !== undefined));
    }
    for (const { securityContext, resources } of [
      ...(pod.initContainers ?? []),
      ...pod.containers,
    ]) {
      const effective: object = { ...pod.securityContext, ...securityContext };
      assert.deepEqual(effective, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      });
      assert.deepEqual(Object.keys(resources).toSorted(), ["limits", "requests"]);
    }
  }
}

for (const overlay of overlays) {
  describe(overlay, function () {
    this.timeout(60_000);
    let objects: KubeManifest[];
    let base: KubeManifest[];
    before(function () {
      if ((kubectlMinor ?? 0) < 22) this.skip();
      objects = render(overlay).objects;
      base = render("knative/base").objects;
    });

    it("renders objects that the schemas of Kubernetes, Knative and the operator know, field by field", () =>
      validateStrictly(objects));

    it("has nothing that the webhooks refuse once features and digests are set, and no trap", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vigie-lint-"));
      try {
        const [, name = ""] = /overlays\/([a-z]+)/.exec(overlay) ?? [];
        const file = join(folder, "rendered.yaml");
        const digest = `sha256:${"0".repeat(64)}`;
        writeFileSync(file, render(overlay).text.replaceAll("sha256:set-the-digest", digest));
        const features = join(folder, "features.yaml");
        const data = Object.fromEntries((FEATURES[name] ?? []).map((flag) => [flag, "enabled"]));
        const metadata = { name: "config-features", namespace: "knative-serving" };
        writeFileSync(
          features,
          JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data }),
        );
        const { located, faults, warnings } = await checkManifests([file, features], "stored");
        assert.equal(located.length, objects.length + 1);
        assert.deepEqual([...faults, ...warnings.map(warningText)], []);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("has every object of the base, and every variable of its containers", () => {
      const key = ({ kind, metadata }: KubeManifest) =>
        `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
      const rendered = new Map(objects.map((object) => [key(object), object]));
      for (const object of base) {
        // The namespaced variant puts RoleBindings in their place.
        if (overlay.endsWith("-namespaced") && object.kind === "ClusterRoleBinding") continue;
        const found = rendered.get(key(object));
        assert.ok(found, key(object));
        templateOf(object)?.containers.forEach(({ env = [] }, index) => {
          const now = templateOf(found)?.containers[index]?.env ?? [];
          for (const { name } of env)
            assert.ok(
              now.some((one) => one.name === name),
              name,
            );
        });
      }
    });

    it("gives every pod the restricted Pod Security, limits, secrets as files, and a token only to who has a role", () =>
      assertRestricted(objects));

    it("has no Secret in it, and asks who posts alerts for a token", () => {
      assert.ok(!objects.some(({ kind }) => kind === "Secret"));
      const source = objects.find((one) => isService(one) && one.metadata.name === "alert-source");
      const [container] = templateOf(source as KubeManifest)?.containers ?? [];
      assert.ok(container?.env?.some(({ name }) => name === "ALERT_TOKEN_FILE"));
    });
  });
}

describe("the namespaces", () => {
  it("of the shop and, in production, of vigie let in nothing that could do more", function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const enforcing = (folder: string) =>
      render(folder)
        .objects.filter(({ kind }) => kind === "Namespace")
        .filter(({ metadata: { labels = {} } }) => {
          return labels["pod-security.kubernetes.io/enforce"] === "restricted";
        })
        .map(({ metadata }) => metadata.name);
    assert.deepEqual(enforcing("knative/overlays/minikube"), ["shop"]);
    for (const overlay of overlays.filter((one) => one.includes("/production"))) {
      assert.deepEqual(enforcing(overlay), ["vigie"], overlay);
    }
  });
});

describe("knative/overlays/minikube, what is its own", () => {
  let objects: KubeManifest[];
  before(function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    objects = render("knative/overlays/minikube").objects;
  });

  it("puts machine-1 and machine-2 on different nodes, with the one flag that this needs", () => {
    const places = ["machine-1", "machine-2"].map((name) => {
      const found = objects.find((one) => isService(one) && one.metadata.name === name);
      return templateOf(found as KubeManifest)?.nodeSelector?.["vigie.dev/machine"];
    });
    assert.deepEqual(places, ["machine-1", "machine-2"]);
    const cluster = parseAllDocuments(
      readFileSync(resolve(root, "knative/cluster/serving.yaml"), "utf8"),
    );
    const features = cluster
      .map((one) => one.toJS() as KubeManifest)
      .find(({ metadata }) => metadata.name === "config-features");
    assert.deepEqual(features?.["data"], { "kubernetes.podspec-nodeselector": "enabled" });
  });

  it("has Alertmanager send the token that alert-source asks for", () => {
    const config = objects.find(({ kind }) => kind === "AlertmanagerConfig");
    const text = JSON.stringify(config?.["spec"]);
    assert.ok(text.includes('"credentials":{"key":"token","name":"alert-source-token"}'), text);
  });
});

describe("knative/overlays/minikube/verify", function () {
  this.timeout(60_000);
  const folder = "knative/overlays/minikube/verify";
  let objects: KubeManifest[];
  before(function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const job = parseAllDocuments(readFileSync(resolve(root, folder, "job.yaml"), "utf8"));
    objects = [...render(folder).objects, ...job.map((one) => one.toJS() as KubeManifest)];
  });

  it("has fields that Kubernetes knows, restricted Pod Security, and a token for the Job alone", async () => {
    await validateStrictly(objects);
    assertRestricted(objects);
  });

  it("lets the Job list the shop's pods, and no more", () => {
    const roles = objects.filter(({ kind }) => kind.endsWith("Role"));
    assert.deepEqual(
      roles.map(({ kind, metadata, rules }) => [kind, metadata.namespace, rules]),
      [["Role", "shop", [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]]],
    );
  });

  it("is no part of what is deployed, and starts nothing but the pod to alert about by itself", () => {
    const { objects: deployed } = render("knative/overlays/minikube");
    assert.ok(!deployed.some(({ metadata }) => /verify/.test(metadata.name)));
    const started = render(folder).objects.filter((one) => templateOf(one) !== undefined);
    assert.deepEqual(
      started.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      ["Deployment shop/verify"],
    );
  });
});

describe("the pod-spec gate of a default Knative", () => {
  const flags = {
    "knative/base": [],
    "knative/overlays/minikube": ["kubernetes.podspec-nodeselector"],
    // No digest is set yet: nobody deploys it by accident.
    "knative/overlays/production": [
      "is not the name of an image: [registry/]path[:tag], in lower case",
      "kubernetes.podspec-priorityclassname",
    ],
  };
  for (const [folder, wanted] of Object.entries(flags)) {
    it(`says of ${folder}: ${wanted.join("; ") || "nothing"}`, function () {
      if ((kubectlMinor ?? 0) < 22) this.skip();
      const { objects } = render(folder);
      const services = objects.filter(isService);
      const refused = services.flatMap((object) => {
        const { success, error } = KnativeServiceManifest.safeParse(object);
        return success ? [] : error.issues.map(({ message }) => message);
      });
      const named = refused.flatMap(
        (message) => /needs the feature (\S+),/.exec(message)?.[1] ?? message,
      );
      assert.deepEqual([...new Set(named)], wanted);
    });
  }
});

describe("the strict schemas", () => {
  it("refuse a field that nobody knows", function () {
    this.timeout(30_000);
    const broker = {
      apiVersion: "eventing.knative.dev/v1",
      kind: "Broker",
      metadata: { name: "a" },
    };
    assert.equal(unknownFields([{ ...broker, spec: { delivery: { retry: 3 } } }]), "");
    assert.match(unknownFields([{ ...broker, spec: { delivery: { retries: 3 } } }]), /retries/);
  });
});

describe("the demo's load", () => {
  it("uses the share of a core that it is told, and no more", async function () {
    if (process.platform !== "linux") this.skip();
    const script = resolve(root, "knative/overlays/minikube/demo/load.cjs");
    const startedAt = Date.now();
    const child = spawn(process.execPath, [script], {
      env: { CPU_MILLIS: "300" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      const usedMs = () => {
        const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
        const [user, system] = stat
          .slice(stat.lastIndexOf(")") + 2)
          .split(" ")
          .slice(11, 13);
        return (Number(user) + Number(system)) * 10;
      };
      while (usedMs() < 400) await new Promise((done) => setTimeout(done, 20));
      // 400 ms less what a start takes, at 300 thousandths, are one second.
      assert.ok(Date.now() - startedAt > 800, `${Date.now() - startedAt} ms`);
      child.kill("SIGTERM");
      assert.deepEqual(await once(child, "exit"), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
