import * as z from "zod/mini";
import { safeParse } from "../../shared/parse.ts";
import { readTextFile } from "../../shared/read-text-file.ts";
import type { Env } from "./contract.ts";
import type { PullSources } from "./pull.ts";
import { parseQueries, type Query } from "./queries.ts";
import { createReadJson } from "./read-json.ts";

const Labels = z.lazy(() => z.record(z.string(), z.string()));

/**
 * What the environment says is to be pulled.
 * @throws Error that says what is wrong with the queries, the labels, or what is missing.
 */
export async function readPullSources(env: z.infer<typeof Env>): Promise<PullSources> {
  const queries = env.QUERIES_FILE ? await readQueries(env.QUERIES_FILE) : [];
  if (queries.length > 0 && !env.PROMETHEUS_URL) {
    throw new Error("QUERIES_FILE needs PROMETHEUS_URL: there is nobody to ask");
  }
  return {
    alertmanager: env.ALERTMANAGER_URL
      ? {
          readJson: createReadJson({
            name: "Alertmanager",
            url: env.ALERTMANAGER_URL,
            authFolder: env.ALERTMANAGER_AUTH_FOLDER || undefined,
          }),
          receiver: env.ALERTMANAGER_RECEIVER,
        }
      : null,
    prometheus: env.PROMETHEUS_URL
      ? {
          readJson: createReadJson({
            name: "Prometheus",
            url: env.PROMETHEUS_URL,
            authFolder: env.PROMETHEUS_AUTH_FOLDER || undefined,
          }),
          windowMinutes: env.PULL_WINDOW_MINUTES,
          externalLabels: parseLabels(env.PROMETHEUS_EXTERNAL_LABELS),
          alerts: env.PROMETHEUS_ALERTS === "on",
        }
      : null,
    queries,
  };
}

async function readQueries(file: string): Promise<readonly Query[]> {
  const text = await readTextFile(file);
  // Only where there are queries: a function's start does not wait for it elsewhere.
  const { parse } = await import("yaml");
  return parseQueries(parse(text, { maxAliasCount: 0 }));
}

function parseLabels(text: string): Record<string, string> {
  try {
    const labels = safeParse(Labels, JSON.parse(text));
    if (labels.success) return labels.data;
  } catch {
    // Falls through to the one answer for all that is not a JSON object of strings.
  }
  throw new Error("PROMETHEUS_EXTERNAL_LABELS is no JSON object of strings");
}
