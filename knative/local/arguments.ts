import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { RULE_INTERVAL_SECONDS } from "./monitoring/pace.ts";

export type Arguments = {
  /** Files and folders of manifests. */
  manifests: string[];
  /** Null: the simulated cluster. */
  kubeconfig: string | null;
  port: number;
  gatewayPort: number;
  kubePort: number;
  /** Null: what the services say. */
  windowSeconds: number | null;
  clock: boolean;
  /** Null: the demo cluster. */
  scenario: string | null;
  broker: "sync" | "stored";
  /** `auto`: where the programs are installed. */
  prometheus: "off" | "auto" | "on";
  /** Between two evaluations of the rules. */
  prometheusIntervalSeconds: number;
  json: boolean;
  /** The file that calls of the simulated Kubernetes API are appended to. Null: none. */
  record: string | null;
};

/** Something in the command line that cannot be used. One line. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

export const HELP = `npm run dev -- [options]     runs Knative manifests on this machine, without a cluster

  -f, --filename PATH     manifests: a file, a folder, or one with a kustomization.yaml; repeatable
                          (default knative/base); edits are followed as it runs
      --kubeconfig FILE   act on the cluster of this file instead of the simulated one
      --port N            broker ingress (default 8080)
      --gateway-port N    functions and pages, by Host (default 8081)
      --kube-port N       simulated Kubernetes API (default 8082)
      --window SECONDS    idle time until a function is at zero (default: its annotation, else 60)
      --no-clock          PingSources are paused
      --scenario FILE     another cluster and load than the demo's
      --broker MODE       stored: 202 once the event is on disk, survives a restart (default)
                          sync: answers after the deliveries, as Knative's in-memory channel
      --prometheus MODE   off: no alert but those that are posted (default)
                          on: a real Prometheus and Alertmanager watch the simulated cluster
                          auto: on where both are installed
      --prometheus-interval SECONDS
                          rules run this often (default 15), their durations follow
      --record FILE       append every call of the simulated Kubernetes API to this file, as JSON
      --json              one JSON object per line instead of text
  -h, --help              this
`;

const OPTIONS = {
  filename: { type: "string", short: "f", multiple: true },
  kubeconfig: { type: "string" },
  port: { type: "string" },
  "gateway-port": { type: "string" },
  "kube-port": { type: "string" },
  window: { type: "string" },
  "no-clock": { type: "boolean" },
  scenario: { type: "string" },
  broker: { type: "string" },
  prometheus: { type: "string" },
  "prometheus-interval": { type: "string" },
  json: { type: "boolean" },
  record: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line; null when help is asked for. `base` stands in when no `-f` is given. @throws ArgumentError */
export function readArguments(argv: readonly string[], base: string): Arguments | null {
  // Whatever else is wrong with the line: help is what will help.
  if (argv.includes("--help") || argv.includes("-h")) return null;
  const values = parse(argv);
  const ports = {
    port: readPort("--port", values.port, 8080),
    gatewayPort: readPort("--gateway-port", values["gateway-port"], 8081),
    kubePort: readPort("--kube-port", values["kube-port"], 8082),
  };
  const prometheus = readMode("--prometheus", values.prometheus ?? "off", ["off", "auto", "on"]);
  const interval = values["prometheus-interval"];
  if (prometheus !== "off" && values.kubeconfig !== undefined) {
    throw new ArgumentError(
      "--prometheus watches the simulated cluster: it cannot go with --kubeconfig",
    );
  }
  if (prometheus === "off" && interval !== undefined) {
    throw new ArgumentError("--prometheus-interval goes with --prometheus on or auto");
  }
  if (values.kubeconfig !== undefined && values.scenario !== undefined) {
    throw new ArgumentError(
      "--scenario is for the simulated cluster: it cannot go with --kubeconfig",
    );
  }
  if (values.kubeconfig !== undefined && values.record !== undefined) {
    throw new ArgumentError(
      "--record is for the simulated cluster: it cannot go with --kubeconfig",
    );
  }
  return {
    manifests: (values.filename ?? [base]).map((path) => existing("-f", path)),
    kubeconfig:
      values.kubeconfig === undefined ? null : existing("--kubeconfig", values.kubeconfig),
    ...ports,
    windowSeconds: values.window === undefined ? null : readSeconds("--window", values.window),
    clock: values["no-clock"] !== true,
    scenario: values.scenario === undefined ? null : existing("--scenario", values.scenario),
    broker: readMode("--broker", values.broker ?? "stored", ["sync", "stored"]),
    prometheus,
    prometheusIntervalSeconds:
      interval === undefined
        ? RULE_INTERVAL_SECONDS
        : readSeconds("--prometheus-interval", interval),
    json: values.json === true,
    record: values.record ?? null,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true }).values;
  } catch (error) {
    const { message } = error as Error;
    const missing = /^Option '(?:-\w, )?(--[\w-]+)\b.*' argument (?:missing|is ambiguous)/.exec(
      message,
    );
    if (missing !== null) throw new ArgumentError(`${missing[1]} needs a value; --help says which`);
    const [line] = message.split(/\. |\n/);
    throw new ArgumentError(`${line}; --help lists the options`);
  }
}

function readPort(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new ArgumentError(`${option} ${text}: a port is a whole number from 1 to 65535`);
}

function readSeconds(option: string, text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  // Above a day a timer would be of no use; setTimeout itself ends at 24.8 days.
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw new ArgumentError(`${option} ${text}: seconds, more than 0 and at most 86400`);
}

function readMode<M extends string>(option: string, text: string, modes: readonly M[]): M {
  const mode = modes.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw new ArgumentError(`${option} ${text}: one of ${modes.join(", ")}`);
}

function existing(option: string, path: string): string {
  if (existsSync(path)) return path;
  throw new ArgumentError(`${option} ${path}: there is no such file or folder`);
}
