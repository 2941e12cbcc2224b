import assert from "node:assert/strict";
import { Environment } from "@marcbachmann/cel-js";
import { EVENTS } from "../../shared/events/all.ts";
import { kubectlMinor } from "../kubectl.ts";
import { manifestRights, type Right, show } from "../manifest-rights.ts";
import { type KubeManifest, render } from "./strict-schemas.ts";

type Named = { name: string; expression: string };
type PolicySpec = {
  matchConditions: Named[];
  variables: Named[];
  validations: { message: string; expression: string }[];
};
type Pod = { metadata: Record<string, unknown>; spec: object };

describe("knative/overlays/production, what is its own", () => {
  let objects: KubeManifest[];
  before(function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    objects = render("knative/overlays/production").objects;
  });
  const ofKind = (kind: string) => objects.filter((one) => one.kind === kind);
  const services = () =>
    ofKind("Service").filter(({ apiVersion }) => apiVersion.startsWith("serving"));

  /** The messages of the rules that refuse a change; null when the request is not looked at. */
  function refusalsOf<T extends object>(
    policyName: string,
    oldObject: T,
    username: string,
    change: (object: T) => void,
    { operation, resource }: { operation: string; resource: string },
  ): string[] | null {
    const object = structuredClone(oldObject);
    change(object);
    const policy = ofKind("ValidatingAdmissionPolicy").find(
      ({ metadata }) => metadata.name === policyName,
    );
    assert.ok(policy);
    const spec = policy["spec"] as PolicySpec;
    const variables: Record<string, unknown> = {};
    const cel = new Environment({ unlistedVariablesAreDyn: true });
    const request = { operation, resource: { resource }, userInfo: { username } };
    const ask = (expression: string): unknown =>
      cel.evaluate(expression, { object, oldObject, request, variables });
    if (!spec.matchConditions.every(({ expression }) => ask(expression) === true)) return null;
    for (const { name, expression } of spec.variables) variables[name] = ask(expression);
    return spec.validations
      .filter(({ expression }) => ask(expression) !== true)
      .map(({ message }) => message);
  }

  it("names every image by digest, and by one that no webhook takes until it is set", () => {
    for (const service of services()) {
      const { containers } = (
        service["spec"] as { template: { spec: { containers: { image: string }[] } } }
      ).template.spec;
      for (const { image } of containers) {
        assert.match(image, /^registry\.invalid\/vigie\/[a-z-]+@sha256:set-the-digest$/);
      }
    }
  });

  it("keeps the whole delivery and the dead-letter sink on a Kafka broker", () => {
    const [broker] = ofKind("Broker");
    assert.ok(broker);
    assert.deepEqual((broker["spec"] as { delivery: object }).delivery, {
      retry: 9,
      backoffPolicy: "exponential",
      backoffDelay: "PT0.2S",
      timeout: "PT30S",
      deadLetterSink: {
        ref: {
          apiVersion: "serving.knative.dev/v1",
          kind: "Service",
          name: "console",
          namespace: "vigie",
        },
        uri: "/dead-letters",
      },
    });
  });

  it("shows no page to the outside", () => {
    for (const { metadata } of services()) {
      const visibility = metadata.labels?.["networking.knative.dev/visibility"];
      assert.equal(visibility, "cluster-local", metadata.name);
    }
  });

  it("lets exactly those talk to the API and to the broker who must", () => {
    const names = (policy: string) => {
      const found = ofKind("NetworkPolicy").find(({ metadata }) => metadata.name === policy);
      assert.ok(found, policy);
      const { podSelector } = found["spec"] as {
        podSelector: { matchExpressions: { values: string[] }[] };
      };
      return podSelector.matchExpressions.flatMap(({ values }) => values).toSorted();
    };
    const withToken = services().filter(({ spec }) => {
      const { template } = spec as { template: { spec: Record<string, unknown> } };
      return template.spec["automountServiceAccountToken"] !== false;
    });
    assert.deepEqual(
      names("to-api-server"),
      withToken.map(({ metadata }) => metadata.name).toSorted(),
    );
    const bound = ofKind("SinkBinding").map(
      ({ spec }) => (spec as { subject: { name: string } }).subject.name,
    );
    assert.deepEqual(names("to-broker"), bound.toSorted());
  });

  it("has an admission policy look at every write of others' objects that RBAC allows", () => {
    type Rule = { apiGroups: string[]; operations: string[]; resources: string[] };
    type Policy = { matchConstraints: { resourceRules: Rule[] }; matchConditions: Named[] };
    const bound = new Set(
      ofKind("ValidatingAdmissionPolicyBinding").map(({ spec }) => {
        const { policyName, validationActions } = spec as {
          policyName: string;
          validationActions: string[];
        };
        assert.deepEqual(validationActions, ["Deny"]);
        return policyName;
      }),
    );
    const policies = ofKind("ValidatingAdmissionPolicy")
      .filter(({ metadata }) => bound.has(metadata.name))
      .map(({ spec }) => spec as Policy);
    const isLookedAt = ({ user, group, resource }: Right) =>
      policies.some(
        ({ matchConstraints, matchConditions }) =>
          matchConditions.every(({ expression }) => expression.includes(`"${user}"`)) &&
          matchConstraints.resourceRules.some(
            ({ apiGroups, operations, resources }) =>
              apiGroups.includes(group) &&
              resources.includes(resource) &&
              operations.includes("UPDATE") &&
              operations.includes("CREATE"),
          ),
      );
    const writes = manifestRights().filter(
      // Of one name: what is their own.
      ({ verb, name }) => name === null && !["get", "list", "watch"].includes(verb),
    );
    assert.ok(writes.length > 10);
    // A subresource takes sizes, or replicas, and no other field; an Event is told and changes nothing.
    const others = writes.filter(({ group, resource }) => {
      const isTold = resource === "events" && group === "events.k8s.io";
      return !isTold && !/\/(resize|scale)$/.test(resource);
    });
    assert.deepEqual(others.filter((right) => !isLookedAt(right)).map(show), []);
  });

  describe("its admission policy", () => {
    const old: Pod = {
      metadata: {
        name: "checkout",
        labels: { app: "checkout", "vigie.dev/sla": "gold", "vigie.dev/load": "low" },
        annotations: { note: "mine" },
        ownerReferences: [{ name: "checkout-1" }],
      },
      spec: { containers: [{ image: "a" }] },
    };
    const user = (name: string) => `system:serviceaccount:vigie:${name}`;

    const refusals = (username: string, change: (pod: Pod) => void, operation = "UPDATE") =>
      refusalsOf("vigie-own-fields", old, username, change, { operation, resource: "pods" });
    const labels = (pod: Pod) => pod.metadata["labels"] as Record<string, string>;
    const annotations = (pod: Pod) => pod.metadata["annotations"] as Record<string, string>;

    it("lets alert-handle change its labels and annotations", () => {
      const change = (pod: Pod) => {
        labels(pod)["vigie.dev/load"] = "high";
        labels(pod)["status"] = "panne";
        annotations(pod)["vigie.dev/observed-at"] = "now";
      };
      assert.deepEqual(refusals(user("alert-handle"), change), []);
      const remove = (pod: Pod) => void delete labels(pod)["vigie.dev/load"];
      assert.deepEqual(refusals(user("alert-handle"), remove), []);
    });

    it("lets resource-patch write annotations, and no label but those it finds pods again by", () => {
      const mark = (pod: Pod) => {
        labels(pod)["vigie.dev/review"] = "cpu-1763720000";
        labels(pod)["vigie.dev/resized"] = "cpu";
      };
      assert.deepEqual(refusals(user("resource-patch"), mark), []);
      const annotate = (pod: Pod) => void (annotations(pod)["vigie.dev/cpu-intent"] = "{}");
      assert.deepEqual(refusals(user("resource-patch"), annotate), []);
      const label = (pod: Pod) => void (labels(pod)["vigie.dev/load"] = "high");
      assert.match(String(refusals(user("resource-patch"), label)), /no label/);
    });

    it("refuses an image, someone's label, its removal, an annotation, an owner, a new pod", () => {
      const cases: [RegExp, (pod: Pod) => void][] = [
        [/spec/, (pod) => (pod.spec = { containers: [{ image: "evil" }] })],
        [/label/, (pod) => void (labels(pod)["app"] = "other")],
        [/label/, (pod) => void (labels(pod)["vigie.dev/sla"] = "bronze")],
        [/label/, (pod) => void delete labels(pod)["app"]],
        [/annotation/, (pod) => void (annotations(pod)["note"] = "yours")],
        [/annotation/, (pod) => void delete pod.metadata["annotations"]],
        [/owners/, (pod) => void delete pod.metadata["ownerReferences"]],
        [/finalizers/, (pod) => void (pod.metadata["finalizers"] = ["x/y"])],
      ];
      for (const [message, change] of cases) {
        assert.match(String(refusals(user("alert-handle"), change)), message);
      }
      assert.match(String(refusals(user("alert-handle"), () => {}, "CREATE")), /creates no pod/);
    });

    it("does not look at what anybody else does", () => {
      const change = (pod: Pod) => void (labels(pod)["app"] = "other");
      assert.equal(refusals("system:node:minikube", change), null);
    });
  });

  describe("its admission policy of workloads and claims", () => {
    type Container = { name: string; image: string; resources?: object };
    type PodTemplate = { metadata: object; spec: { containers: Container[]; volumes?: object[] } };
    type Workload = {
      metadata: { name: string; labels: Record<string, string>; annotations?: object };
      spec: { replicas?: number; selector?: object; template: PodTemplate };
    };
    type CronJob = {
      metadata: { name: string };
      spec: {
        schedule: string;
        jobTemplate: { spec: { backoffLimit: number; template: PodTemplate } };
      };
    };
    type Claim = {
      metadata: { name: string };
      spec: { volumeName: string; resources: { requests: Record<string, string> } };
    };
    const template: PodTemplate = {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          { name: "web", image: "a", resources: { limits: { cpu: "1" } } },
          { name: "log", image: "b" },
        ],
      },
    };
    const workload: Workload = {
      metadata: { name: "web", labels: { app: "web" } },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
    };
    const cronJob: CronJob = {
      metadata: { name: "night" },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { backoffLimit: 1, template } } },
    };
    const claim: Claim = {
      metadata: { name: "data" },
      spec: { volumeName: "v", resources: { requests: { storage: "1Gi" } } },
    };
    const ours = "system:serviceaccount:vigie:resource-patch";
    const ask = <T extends object>(
      resource: string,
      old: T,
      change: (object: T) => void,
      username = ours,
      operation = "UPDATE",
    ) =>
      refusalsOf("vigie-own-fields-of-workloads", old, username, change, { operation, resource });
    const containerOf = ({ spec }: { spec: PodTemplate["spec"] }, at = 0): Container => {
      const container = spec.containers[at];
      assert.ok(container);
      return container;
    };

    it("lets resource-patch write sizes, replicas, its annotations, the zone and its own labels", () => {
      const sizes = ({ metadata, spec }: Workload) => {
        metadata.labels["patch"] = "high";
        metadata.labels["vigie.dev/review"] = "cpu-1763720000";
        metadata.labels["vigie.dev/resized"] = "cpu";
        metadata.annotations = { "vigie.dev/change-intent-cpu": "{}" };
        containerOf(spec.template).resources = { requests: { cpu: "1" }, limits: { cpu: "2" } };
        containerOf(spec.template, 1).resources = { limits: { cpu: "2" } };
      };
      for (const plural of ["deployments", "statefulsets", "daemonsets", "rollouts", "services"]) {
        assert.deepEqual(ask(plural, workload, sizes), [], plural);
      }
      assert.deepEqual(
        ask("deployments", workload, ({ spec }) => (spec.replicas = 3)),
        [],
      );
      assert.deepEqual(
        ask("cronjobs", cronJob, ({ spec }) => {
          containerOf(spec.jobTemplate.spec.template).resources = { limits: { cpu: "2" } };
        }),
        [],
      );
      assert.deepEqual(
        ask("persistentvolumeclaims", claim, ({ spec }) => {
          spec.resources.requests["storage"] = "2Gi";
        }),
        [],
      );
    });

    it("lets the API server count the templates of a DaemonSet that resource-patch resizes", () => {
      const counted = ({ metadata, spec }: Workload) => {
        metadata.annotations = { "deprecated.daemonset.template.generation": "2" };
        containerOf(spec.template).resources = { limits: { cpu: "2" } };
      };
      assert.deepEqual(ask("daemonsets", workload, counted), []);
    });

    it("refuses all else of a workload", () => {
      const cases: [RegExp, (object: Workload) => void][] = [
        [/a container/, ({ spec }) => (containerOf(spec.template).image = "evil")],
        [/a container/, ({ spec }) => void spec.template.spec.containers.pop()],
        [
          /a container/,
          ({ spec }) => void spec.template.spec.containers.push({ name: "x", image: "evil" }),
        ],
        [/a container/, ({ spec }) => void Object.assign(containerOf(spec.template), { env: [] })],
        [/a template/, ({ spec }) => (spec.template.spec.volumes = [{ hostPath: {} }])],
        [/a template/, ({ spec }) => (spec.template.metadata = { labels: { app: "x" } })],
        [/a spec/, ({ spec }) => (spec.selector = {})],
        [/a spec/, ({ spec }) => void delete spec.selector],
        [/no label/, ({ metadata }) => (metadata.labels = { app: "x" })],
        [/no annotation/, ({ metadata }) => (metadata.annotations = { note: "x" })],
        [/finalizers/, ({ metadata }) => void Object.assign(metadata, { finalizers: ["x/y"] })],
      ];
      for (const [message, change] of cases) {
        assert.match(String(ask("deployments", workload, change)), message, String(change));
      }
      assert.match(String(ask("deployments", workload, () => {}, ours, "CREATE")), /creates no/);
    });

    it("refuses all else of a CronJob and of a claim", () => {
      const jobs: [RegExp, (object: CronJob) => void][] = [
        [/a spec/, ({ spec }) => (spec.schedule = "* * * * *")],
        [/a job template/, ({ spec }) => (spec.jobTemplate.spec.backoffLimit = 9)],
        [/a container/, ({ spec }) => (containerOf(spec.jobTemplate.spec.template).image = "x")],
      ];
      for (const [message, change] of jobs) {
        assert.match(String(ask("cronjobs", cronJob, change)), message);
      }
      const claims: [RegExp, (object: Claim) => void][] = [
        [/a spec/, ({ spec }) => (spec.volumeName = "other")],
        [/a claim/, ({ spec }) => (spec.resources.requests["gold"] = "1")],
        [/a claim/, ({ spec }) => void Object.assign(spec.resources, { limits: {} })],
      ];
      for (const [message, change] of claims) {
        assert.match(String(ask("persistentvolumeclaims", claim, change)), message);
      }
    });

    it("refuses alert-handle, and does not look at what anybody else does", () => {
      const scale = ({ spec }: Workload) => void (spec.replicas = 3);
      const other = "system:serviceaccount:vigie:alert-handle";
      assert.match(String(ask("deployments", workload, scale, other)), /pods only/);
      assert.equal(ask("deployments", workload, scale, "ada"), null);
    });
  });
});

describe("knative/overlays/production-oidc", () => {
  type EventPolicySpec = {
    to: { ref: { kind: string; name: string } }[];
    from: { ref?: { kind: string; name: string }; sub?: string }[];
    filters: { any: { exact: { type: string } }[] }[];
  };
  let objects: KubeManifest[];
  let policies: EventPolicySpec[];
  before(function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    objects = render("knative/overlays/production-oidc").objects;
    policies = objects
      .filter(({ kind }) => kind === "EventPolicy")
      .map(({ spec }) => spec as EventPolicySpec);
  });
  const key = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;
  const typesOf = ({ filters }: EventPolicySpec) =>
    filters.flatMap(({ any }) => any.map(({ exact }) => exact.type));

  it("lets each sender to the broker in by one policy, as the first that names it decides", () => {
    for (const { to } of policies) {
      assert.deepEqual(
        to.map(({ ref }) => key(ref)),
        ["Broker default"],
      );
    }
    const senders = objects
      .filter(({ spec }) => {
        const { sink } = (spec ?? {}) as { sink?: { ref?: { kind: string } } };
        return sink?.ref?.kind === "Broker";
      })
      .map(({ kind, metadata }) => key({ kind, name: metadata.name }));
    const named = policies.flatMap(({ from }) =>
      from.map(({ ref, sub = "" }) => (ref ? key(ref) : sub)),
    );
    const operator = "system:serviceaccount:vigie:operator";
    assert.deepEqual(named.toSorted(), [...senders, operator].toSorted());
  });

  it("lets in every type that somebody posts, and none that only a reply is", () => {
    const replies = new Set([
      "dev.vigie.labels.scanned.v1",
      "dev.vigie.load.classified.v1",
      "dev.vigie.number.emitted.v1",
      "dev.vigie.number.received.v1",
      "dev.vigie.resources.decided.v1",
      "dev.vigie.resources.settled.v1",
    ]);
    const posted = EVENTS.map(({ type }) => type).filter((type) => !replies.has(type));
    assert.deepEqual(policies.flatMap(typesOf).toSorted(), posted.toSorted());
  });
});

describe("knative/overlays/production-namespaced", () => {
  it("binds those who write in the namespaces that it names, and in no other", function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const { objects } = render("knative/overlays/production-namespaced");
    const bindings = objects.filter(({ kind }) => kind.endsWith("RoleBinding"));
    const of = (account: string) =>
      bindings
        .filter((one) =>
          (one["subjects"] as { name: string }[]).some((who) => who.name === account),
        )
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "everywhere"}`);
    assert.deepEqual(of("alert-handle"), ["RoleBinding shop"]);
    // The one of vigie is for its own pauses.
    assert.deepEqual(of("resource-patch"), ["RoleBinding shop", "RoleBinding vigie"]);
    assert.deepEqual(of("label-scan"), ["ClusterRoleBinding everywhere"]);
  });
});
