import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Policy } from "../../../shared/policy-schema.ts";
import { base } from "../runtime.ts";

/** What `-f` and `--scenario` take, on disk. */
export type LabFolder = {
  manifests: string;
  scenario: string;
  /** Changes policy.yaml, from what it was. */
  edit(change: (policy: Policy) => void): void;
  remove(): void;
};

/** The function and its broker from knative/base; whatever is decided, or dead, is for `earUrl`. */
export function openLabFolder(
  scenario: object,
  { earUrl, prometheusUrl }: { earUrl: string; prometheusUrl: string },
): LabFolder {
  const folder = mkdtempSync(join(tmpdir(), "vigie-guards-"));
  const manifests = join(folder, "manifests");
  for (const name of ["namespace", "broker", "resource-patch", "policy"]) {
    cpSync(join(base, `${name}.yaml`), join(manifests, `${name}.yaml`));
  }
  edited(join(manifests, "broker.yaml"), (text) =>
    text.replace(/deadLetterSink:[\s\S]*/, `deadLetterSink: { uri: "${earUrl}/dead-letters" }\n`),
  );
  edited(join(manifests, "resource-patch.yaml"), (text) =>
    text.replace(
      "          env:\n",
      "          env:\n" +
        `            - { name: PROMETHEUS_URL, value: "${prometheusUrl}" }\n` +
        // A busy machine is no missing history.
        '            - { name: PROMETHEUS_TIMEOUT_MS, value: "10000" }\n',
    ),
  );
  const trigger = {
    apiVersion: "eventing.knative.dev/v1",
    kind: "Trigger",
    metadata: { name: "ear", namespace: "vigie" },
    spec: {
      broker: "default",
      filters: [{ prefix: { type: "dev.vigie.resources." } }],
      subscriber: { uri: earUrl },
    },
  };
  writeFileSync(join(manifests, "ear.yaml"), stringify(trigger));
  const scenarioFile = join(folder, "scenario.yaml");
  writeFileSync(scenarioFile, stringify(scenario));
  return {
    manifests,
    scenario: scenarioFile,
    edit(change) {
      edited(join(manifests, "policy.yaml"), (text) => {
        const manifest = parse(text) as { data: { "policy.yaml": string } };
        const policy = parse(manifest.data["policy.yaml"]) as Policy;
        change(policy);
        return stringify({ ...manifest, data: { "policy.yaml": stringify(policy) } });
      });
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function edited(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, "utf8");
  const after = change(text);
  assert.notEqual(after, text);
  writeFileSync(file, after);
}
