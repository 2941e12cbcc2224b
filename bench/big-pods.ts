/** Pods of one namespace: what a team has. */
const PODS_PER_NAMESPACE = 500;

/**
 * Pods of about 7 KB each in full form, as a cluster's really are: six labels, environment, probes,
 * volumes, tolerations and what the kubelet and controllers have written of whose field is whose.
 * All have opted in.
 */
export function bigPods(count: number): { apiVersion: string; kind: string; metadata: object }[] {
  return Array.from({ length: count }, (_, index) => podOf(index));
}

/** Names sort as the numbers do. */
export function podName(index: number): { namespace: string; name: string } {
  const team = String(Math.floor(index / PODS_PER_NAMESPACE)).padStart(3, "0");
  return { namespace: `team-${team}`, name: `service-${String(index).padStart(6, "0")}` };
}

function podOf(index: number) {
  const { namespace, name } = podName(index);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: {
        app: name,
        "app.kubernetes.io/part-of": namespace,
        "app.kubernetes.io/version": `1.${index % 40}.0`,
        "pod-template-hash": (index * 2_654_435_761).toString(36),
        "vigie.dev/managed": "true",
        "vigie.dev/sla": ["gold", "silver", "bronze"][index % 3] ?? "silver",
      },
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9090" },
      managedFields: MANAGED_FIELDS,
    },
    spec: {
      containers: [
        {
          name: "app",
          image: `registry.example/${namespace}/${name}:1.${index % 40}.0`,
          resources: {
            requests: { cpu: "100m", memory: "128Mi" },
            limits: { cpu: "500m", memory: "256Mi" },
          },
          env: ENV,
          livenessProbe: { httpGet: { path: "/livez", port: 8080 }, periodSeconds: 10 },
          readinessProbe: { httpGet: { path: "/readyz", port: 8080 }, periodSeconds: 10 },
          volumeMounts: [{ name: "config", mountPath: "/etc/config", readOnly: true }],
        },
      ],
      volumes: [{ name: "config", configMap: { name: "config" } }],
    },
  };
}

const ENV = Array.from({ length: 24 }, (_, index) => ({
  name: `SERVICE_SETTING_${index}`,
  value: `https://service-${index}.internal.example:8443/api/v1?timeout=30s`,
}));

/** What kube-controller-manager writes for such a pod: half of its metadata. */
const MANAGED_FIELDS = [
  {
    manager: "kube-controller-manager",
    operation: "Update",
    apiVersion: "v1",
    time: "2026-11-20T08:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": {
        "f:annotations": { ".": {}, "f:prometheus.io/port": {}, "f:prometheus.io/scrape": {} },
        "f:labels": {
          ".": {},
          "f:app": {},
          "f:app.kubernetes.io/part-of": {},
          "f:app.kubernetes.io/version": {},
          "f:pod-template-hash": {},
          "f:vigie.dev/managed": {},
          "f:vigie.dev/sla": {},
        },
      },
      "f:spec": {
        "f:containers": {
          'k:{"name":"app"}': {
            ".": {},
            "f:env": Object.fromEntries(
              ENV.map(({ name }) => [
                `k:{"name":"${name}"}`,
                { ".": {}, "f:name": {}, "f:value": {} },
              ]),
            ),
            "f:image": {},
            "f:name": {},
            "f:resources": { ".": {}, "f:limits": {}, "f:requests": {} },
          },
        },
      },
    },
  },
];
