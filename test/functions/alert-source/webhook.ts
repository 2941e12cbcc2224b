/** An alert as Alertmanager 0.25 writes it. */
export function alert(overrides: object = {}) {
  return {
    status: "firing",
    labels: {
      alertname: "PodLoadHigh",
      load: "high",
      namespace: "shop",
      pod: "cart-1",
      resource: "cpu",
      severity: "critical",
    },
    annotations: { ratio: "0.9200", summary: "Pod shop/cart-1: cpu load" },
    startsAt: "2026-11-20T11:44:43.396Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus:9090/graph?g0.expr=x",
    fingerprint: "07388315533bd331",
    ...overrides,
  };
}

/** The same alert with other labels beside. */
export function alertWith(labels: Record<string, string>, overrides: object = {}) {
  return alert({ ...overrides, labels: { ...alert().labels, ...labels } });
}

/** A webhook body around alerts, with a field of a newer release. */
export function webhook(alerts: readonly unknown[], overrides: object = {}) {
  return {
    receiver: "knative",
    status: "firing",
    alerts,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: "{}:{}",
    truncatedAlerts: 0,
    notification_reason: "firing",
    ...overrides,
  };
}
