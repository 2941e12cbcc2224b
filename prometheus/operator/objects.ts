import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { alertmanagerConfigSpec } from "./alertmanager-config.ts";

const NAMESPACE = "monitoring";
const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

/**
 * The files of `prometheus/kube-prometheus-stack`, by name: the plain rules and route as objects of
 * the Prometheus operator, and what the chart must be told so that it takes them.
 */
export function operatorFiles(): ReadonlyMap<string, string> {
  const labels = { "app.kubernetes.io/name": "vigie", "app.kubernetes.io/part-of": "vigie" };
  const metadata = { name: "pod-load", namespace: NAMESPACE, labels };
  const own = { name: "vigie", namespace: NAMESPACE, labels };
  return new Map([
    [
      "prometheus-rule.yaml",
      write("Made of prometheus/rules/pod-load.yaml by npm run prometheus:operator.", {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata,
        spec: parse(read("rules/pod-load.yaml")) as object,
      }),
    ],
    [
      "alertmanager-config.yaml",
      write("Made of prometheus/alertmanager.yaml by npm run prometheus:operator.", {
        apiVersion: "monitoring.coreos.com/v1alpha1",
        kind: "AlertmanagerConfig",
        metadata,
        spec: alertmanagerConfigSpec(parse(read("alertmanager.yaml"))),
      }),
    ],
    [
      "own-rule.yaml",
      write("Made of prometheus/rules/vigie.yaml by npm run prometheus:operator.", {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: own,
        spec: parse(read("rules/vigie.yaml")) as object,
      }),
    ],
    [
      "pod-monitor.yaml",
      write("Made by npm run prometheus:operator.", {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: own,
        spec: podMonitorSpec(),
      }),
    ],
    [
      "grafana-dashboard.yaml",
      write("Made of prometheus/grafana/vigie.json by npm run prometheus:operator.", {
        apiVersion: "v1",
        kind: "ConfigMap",
        // What the sidecar of the chart's Grafana looks for.
        metadata: {
          ...own,
          name: "vigie-dashboard",
          labels: { ...labels, grafana_dashboard: "1" },
        },
        data: { "vigie.json": read("grafana/vigie.json") },
      }),
    ],
    [
      "kustomization.yaml",
      write("Made by npm run prometheus:operator.", {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: [
          "prometheus-rule.yaml",
          "alertmanager-config.yaml",
          "own-rule.yaml",
          "pod-monitor.yaml",
          "grafana-dashboard.yaml",
        ],
      }),
    ],
    ["values.yaml", write(VALUES_COMMENT, values())],
  ]);
}

/**
 * The pods themselves, past queue-proxy: what is read so is no request, and keeps nothing awake.
 * Every 15 s, for a function that is up for a minute only.
 */
function podMonitorSpec(): object {
  return {
    namespaceSelector: { matchNames: ["vigie"] },
    selector: {
      matchExpressions: [{ key: "serving.knative.dev/service", operator: "Exists" }],
    },
    podMetricsEndpoints: [{ port: "user-port", path: "/metrics", interval: "15s" }],
  };
}

const VALUES_COMMENT = `Made by npm run prometheus:operator.
helm upgrade --install kps prometheus-community/kube-prometheus-stack -n ${NAMESPACE} --create-namespace -f values.yaml
Selectors: else only what has the release's label is read, without an error.
matcher strategy: else a route sees the alerts of its own namespace only (older operators know only None).
metricLabelsAllowlist: else kube_pod_labels has no labels, and nobody has opted in.`;

function values(): object {
  const names = DEFAULT_POLICY.optIn.map(({ label }) => label);
  return {
    prometheus: {
      prometheusSpec: {
        ruleSelectorNilUsesHelmValues: false,
        podMonitorSelectorNilUsesHelmValues: false,
      },
    },
    alertmanager: {
      alertmanagerSpec: {
        alertmanagerConfigMatcherStrategy: { type: "OnNamespaceExceptForAlertmanagerNamespace" },
      },
    },
    "kube-state-metrics": { metricLabelsAllowlist: [`pods=[${names.join(",")}]`] },
  };
}

function write(comment: string, object: object): string {
  const lines = comment.split("\n").map((line) => `# ${line}\n`);
  return `${lines.join("")}${stringify(object, { lineWidth: 0 })}`;
}
