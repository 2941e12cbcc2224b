import { stringify } from "yaml";

/** Scrapes for one evaluation: a window of four evaluations then holds twelve samples. */
const SCRAPES_PER_EVALUATION = 3;

/**
 * Prometheus' configuration for the simulated cluster: one page with what cAdvisor and
 * kube-state-metrics would say. `alertmanager` and `target` are `host:port`.
 */
export function prometheusConfig(options: {
  ruleFiles: readonly string[];
  intervalSeconds: number;
  target: string;
  alertmanager: string;
}): string {
  const scrapeMs = Math.max(
    1,
    Math.round((options.intervalSeconds * 1_000) / SCRAPES_PER_EVALUATION),
  );
  const interval = `${Math.round(options.intervalSeconds * 1_000)}ms`;
  return stringify({
    global: {
      scrape_interval: `${scrapeMs}ms`,
      // 10 s by default, and never more than the interval.
      scrape_timeout: `${Math.min(scrapeMs, 10_000)}ms`,
      evaluation_interval: interval,
    },
    rule_files: options.ruleFiles,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [options.alertmanager] }] }] },
    scrape_configs: [
      {
        job_name: "simulated-cluster",
        metrics_path: "/metrics",
        static_configs: [{ targets: [options.target] }],
      },
    ],
  });
}
