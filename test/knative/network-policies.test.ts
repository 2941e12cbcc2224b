import assert from "node:assert/strict";
import { kubectlMinor } from "../kubectl.ts";
import { mayTalk, type NetworkPolicySpec, type Party } from "./network-policy.ts";
import { type KubeManifest, render } from "./strict-schemas.ts";

type Template = {
  spec: {
    automountServiceAccountToken?: boolean;
    containers: { env?: { name: string }[] }[];
  };
};

const pod = (namespace: string, labels: Record<string, string> = {}): Party => ({
  namespace,
  labels,
});
const gateway = pod("kourier-system", { app: "3scale-kourier-gateway" });
const activator = pod("knative-serving", { app: "activator" });
/** Who may be there, by the labels that Knative, Kubernetes and the operator give them. */
const OTHERS: Record<string, Party> = {
  "Kourier's gateway": gateway,
  "Kourier's controller": pod("kourier-system", { app: "net-kourier-controller" }),
  "the activator": activator,
  "the autoscaler": pod("knative-serving", { app: "autoscaler" }),
  "Serving's webhook": pod("knative-serving", { app: "webhook" }),
  "Kafka's receiver": pod("knative-eventing", { app: "kafka-broker-receiver" }),
  "Kafka's dispatcher": pod("knative-eventing", { app: "kafka-broker-dispatcher" }),
  Prometheus: pod("monitoring", { "app.kubernetes.io/name": "prometheus" }),
  Alertmanager: pod("monitoring", { "app.kubernetes.io/name": "alertmanager" }),
  Grafana: pod("monitoring", { "app.kubernetes.io/name": "grafana" }),
  "a collector": pod("observability", { app: "collector" }),
  DNS: pod("kube-system", { "k8s-app": "kube-dns" }),
  "another pod of kube-system": pod("kube-system", { "k8s-app": "metrics-server" }),
  "a shop's pod": pod("shop", { app: "checkout" }),
  "who calls himself the activator": pod("shop", { app: "activator" }),
  "the API server": { address: "192.168.49.2" },
  "the cloud's metadata": { address: "169.254.169.254" },
};
const PORTS = [22, 53, 80, 443, 4317, 4318, 6443, 8012, 8013, 8080, 8112, 8443, 9090, 9091, 9093];

for (const overlay of ["production", "production-namespaced", "production-oidc"]) {
  describe(`the NetworkPolicies of knative/overlays/${overlay}`, () => {
    let objects: KubeManifest[];
    let policies: NetworkPolicySpec[];
    before(function () {
      if ((kubectlMinor ?? 0) < 22) this.skip();
      objects = render(`knative/overlays/${overlay}`).objects;
      const found = objects.filter(({ kind }) => kind === "NetworkPolicy");
      assert.ok(found.every(({ metadata }) => metadata.namespace === "vigie"));
      policies = found.map(({ spec }) => spec as NetworkPolicySpec);
    });
    const functions = () =>
      objects.filter(
        ({ apiVersion, kind }) => apiVersion.startsWith("serving") && kind === "Service",
      );
    const partyOf = ({ metadata }: KubeManifest) =>
      pod("vigie", { "serving.knative.dev/service": metadata.name });
    /** `who port`, of every other and every port that is open in this direction. */
    const open = (own: Party, direction: "from" | "to", protocol = "TCP") =>
      Object.entries(OTHERS).flatMap(([who, other]) =>
        PORTS.filter((port) => {
          const [from, to] = direction === "from" ? [other, own] : [own, other];
          return mayTalk(policies, "vigie", from, to, { protocol, port });
        }).map((port) => `${who} ${port}`),
      );

    it("let Kourier and the activator to queue-proxy, the autoscaler and Prometheus to their counts, and nobody else in", () => {
      assert.equal(functions().length, 8);
      for (const service of functions()) {
        assert.deepEqual(open(partyOf(service), "from"), [
          "Kourier's gateway 8012",
          "Kourier's gateway 8013",
          "Kourier's gateway 8112",
          "the activator 8012",
          "the activator 8013",
          "the activator 8112",
          "the autoscaler 9090",
          "Prometheus 8080",
          "Prometheus 9091",
        ]);
        assert.deepEqual(open(partyOf(service), "from", "UDP"), []);
      }
    });

    it("let each function out to what it calls, by its token, its sink and its URLs, and to nothing else", () => {
      const bound = new Set(
        objects
          .filter(({ kind }) => kind === "SinkBinding")
          .map(({ spec }) => (spec as { subject: { name: string } }).subject.name),
      );
      for (const service of functions()) {
        const { template } = service["spec"] as { template: Template };
        const { automountServiceAccountToken, containers } = template.spec;
        const asks = (name: string) =>
          containers.some(({ env = [] }) => env.some((one) => one.name === name));
        const wanted = [
          ...(bound.has(service.metadata.name)
            ? ["Kafka's receiver 8080", "Kafka's receiver 8443"]
            : []),
          ...(asks("PROMETHEUS_URL") ? ["Prometheus 9090"] : []),
          ...(asks("ALERTMANAGER_URL") ? ["Alertmanager 9093"] : []),
          "a collector 4318",
          "DNS 53",
          ...(automountServiceAccountToken === false
            ? []
            : ["the API server 443", "the API server 6443"]),
        ];
        assert.deepEqual(open(partyOf(service), "to"), wanted, service.metadata.name);
        assert.deepEqual(open(partyOf(service), "to", "UDP"), ["DNS 53"]);
      }
    });

    it("let no function talk to another but through Knative, and no other pod of the namespace to any", () => {
      const own = [...functions().map(partyOf), pod("vigie", { app: "stranger" })];
      for (const from of own) {
        for (const to of own) {
          const ports = PORTS.filter((port) =>
            mayTalk(policies, "vigie", from, to, { protocol: "TCP", port }),
          );
          assert.deepEqual(ports, []);
        }
      }
      assert.deepEqual(open(pod("vigie", { app: "stranger" }), "from"), []);
      assert.deepEqual(open(pod("vigie", { app: "stranger" }), "to"), ["DNS 53"]);
    });
  });
}

describe("mayTalk", () => {
  const own = pod("vigie", { app: "a" });
  const port = { protocol: "TCP", port: 80 };
  const talk = (policies: NetworkPolicySpec[], from: Party, to: Party) =>
    mayTalk(policies, "vigie", from, to, port);

  it("lets everything through where no policy selects the pod, and nothing where one says nothing", () => {
    assert.ok(talk([], gateway, own));
    const other = { podSelector: { matchLabels: { app: "b" } }, policyTypes: ["Ingress"] };
    assert.ok(talk([other], gateway, own));
    assert.ok(!talk([{ podSelector: {}, policyTypes: ["Ingress"] }], gateway, own));
    assert.ok(talk([{ podSelector: {}, policyTypes: ["Ingress"] }], own, gateway));
  });

  it("takes a podSelector alone for the policy's own namespace, and no list of peers for everybody", () => {
    const from = [{ podSelector: { matchLabels: { app: "a" } } }];
    const policy = { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from }] };
    assert.ok(talk([policy], own, own));
    assert.ok(!talk([policy], pod("shop", { app: "a" }), own));
    assert.ok(talk([{ ...policy, ingress: [{}] }], pod("shop"), own));
  });

  it("leaves out of a block of addresses what is excepted, and knows no operator that it was not told", () => {
    const block = { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] };
    const policy = {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: block }] }],
    };
    assert.ok(talk([policy], own, { address: "10.2.0.1" }));
    assert.ok(!talk([policy], own, { address: "10.1.0.1" }));
    assert.ok(!talk([policy], own, { address: "11.0.0.1" }));
    const strange = { matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] };
    assert.throws(() => talk([{ podSelector: strange, policyTypes: ["Egress"] }], own, gateway));
  });
});
