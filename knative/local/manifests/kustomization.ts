import { dirname, join } from "node:path";
import { z } from "zod";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";
import { readYamlFile } from "./yaml-file.ts";

/** In kustomize's order. */
export const KUSTOMIZATION_FILES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

const Texts = z.record(z.string(), z.string());

const Kustomization = z.strictObject(
  {
    apiVersion: z.string().optional(),
    kind: z.literal("Kustomization").optional(),
    metadata: z.unknown().optional(),
    namespace: z.string().min(1).optional(),
    resources: z
      .array(
        z.string().refine((path) => !/^[a-z+]+:\/\/|^git@|^github\.com\//.test(path), {
          message: "remote resources are not run locally",
        }),
      )
      .default([]),
    labels: z
      .array(
        z.strictObject({
          pairs: Texts,
          includeSelectors: z.literal(false, "includeSelectors is not run locally yet").optional(),
          includeTemplates: z.boolean().default(false),
        }),
      )
      .default([]),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? (issue as unknown as { keys: string[] }).keys
            .map((key) => `${key} is not run locally yet`)
            .join("; ")
        : undefined,
  },
);

type LoadPath = (path: string, faults: Fault[], visited: Set<string>) => Promise<Located[]>;

/** Kinds without a namespace that `namespace:` must not touch. */
const CLUSTER_WIDE =
  /^(Namespace|Node|ClusterRole|ClusterRoleBinding|PersistentVolume|StorageClass|PriorityClass|CustomResourceDefinition|.*WebhookConfiguration)$/;

/** Reads what a kustomization names, and sets its namespace and labels on each object. */
export async function loadKustomization(
  file: string,
  faults: Fault[],
  visited: Set<string>,
  loadPath: LoadPath,
): Promise<Located[]> {
  const [located] = await readYamlFile(file, faults, { isKubeObject: false });
  if (located === undefined) return [];
  const parsed = Kustomization.safeParse(located.object);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const line = located.lineOf(issue.path.concat(unknownKey(issue)));
      const where = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
      faults.push({ file, line, message: `${where}${issue.message}` });
    }
    return [];
  }
  const { namespace, resources, labels } = parsed.data;
  const loaded: Located[] = [];
  for (const [index, resource] of resources.entries()) {
    const path = join(dirname(file), resource);
    const missing: Fault[] = [];
    loaded.push(...(await loadPath(path, missing, visited)));
    faults.push(
      ...missing.map((fault) =>
        fault.file === path && fault.message.startsWith("there is no such")
          ? {
              file,
              line: located.lineOf(["resources", index]),
              message: `${resource}: ${fault.message}`,
            }
          : fault,
      ),
    );
  }
  for (const { object } of loaded) {
    if (namespace !== undefined && !CLUSTER_WIDE.test(object.kind)) {
      object.metadata.namespace = namespace;
    }
    for (const { pairs, includeTemplates } of labels) {
      object.metadata.labels = { ...object.metadata.labels, ...pairs };
      if (includeTemplates) labelTemplate(object, pairs);
    }
  }
  return loaded;
}

function unknownKey(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
}

function labelTemplate(object: Located["object"], pairs: Readonly<Record<string, string>>): void {
  const spec = object["spec"] as { template?: { metadata?: { labels?: object } } } | undefined;
  if (spec?.template === undefined) return;
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: { ...spec.template.metadata?.labels, ...pairs },
  };
}
