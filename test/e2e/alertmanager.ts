/** A webhook body as Alertmanager 0.25 really writes it, for one alert about one pod. */
export function webhook(alert: {
  status: "firing" | "resolved";
  namespace: string;
  pod?: string;
  percent: number;
  startsAt: string;
  endsAt?: string;
  alertname?: string;
}): object {
  const { status, namespace, pod, percent, startsAt } = alert;
  const alertname = alert.alertname ?? "PodLoadHigh";
  const labels = {
    alertname,
    load: "high",
    namespace,
    ...(pod === undefined ? {} : { pod }),
    resource: "cpu",
    severity: "critical",
  };
  const annotations = {
    ratio: (percent / 100).toFixed(4),
    summary: `Pod ${namespace}/${pod}: cpu load`,
  };
  return {
    receiver: "knative",
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt,
        endsAt: alert.endsAt ?? "0001-01-01T00:00:00Z",
        generatorURL: "http://prometheus:9090/graph?g0.expr=namespace_pod%3Aload%3Aratio&g0.tab=1",
        fingerprint: "07388315533bd331",
      },
    ],
    groupLabels: { namespace, pod: pod ?? "", resource: "cpu" },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: `{}:{namespace="${namespace}", pod="${pod}", resource="cpu"}`,
    truncatedAlerts: 0,
  };
}
