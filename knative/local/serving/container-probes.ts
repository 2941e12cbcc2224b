import type { z } from "zod";
import type { Probe as ProbeSpec } from "../manifests/container.ts";
import type { Probe, RepeatedProbe } from "./probe.ts";

type Spec = z.output<typeof ProbeSpec> | undefined;

/** Kubernetes' defaults (`k8s.io/api/core/v1`: Probe). */
const PERIOD_SECONDS = 10;
const TIMEOUT_SECONDS = 1;
const FAILURES = 3;

/** As fast as can be whatever `periodSeconds` says: it is a ceiling on a cluster, and only a wait here. */
export function readinessOf(spec: Spec): Probe {
  return handlerOf(spec) ?? { kind: "tcp" };
}

/**
 * Looked at as often as readiness is; a start that takes longer than `failureThreshold` periods is
 * given up, as on a cluster. Null: none.
 */
export function startupOf(spec: Spec): RepeatedProbe | null {
  return repeated(spec);
}

/** Null: none. */
export function livenessOf(spec: Spec): RepeatedProbe | null {
  return repeated(spec);
}

function repeated(spec: Spec): RepeatedProbe | null {
  const probe = handlerOf(spec);
  if (spec === undefined || probe === null) return null;
  const { initialDelaySeconds = 0, periodSeconds, timeoutSeconds, failureThreshold } = spec;
  return {
    probe,
    initialDelayMs: initialDelaySeconds * 1_000,
    periodMs: (periodSeconds || PERIOD_SECONDS) * 1_000,
    timeoutMs: (timeoutSeconds || TIMEOUT_SECONDS) * 1_000,
    failureThreshold: failureThreshold || FAILURES,
  };
}

/** The port of every probe is the one that the process got, as Serving rewrites it to the user port. */
function handlerOf(spec: Spec): Exclude<Probe, { kind: "none" }> | null {
  if (spec?.httpGet !== undefined) {
    const { path, httpHeaders } = spec.httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return { kind: "http", path, headers };
  }
  return spec?.tcpSocket === undefined ? null : { kind: "tcp" };
}
