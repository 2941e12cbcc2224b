import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";

export type KubeManifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
} & Record<string, unknown>;

const root = resolve(import.meta.dirname, "../..");

/** What `kubectl kustomize` makes of a folder. */
export function render(folder: string): { text: string; objects: KubeManifest[] } {
  const text = execFileSync("kubectl", ["kustomize", join(root, folder)], { encoding: "utf8" });
  return { text, objects: parseAllDocuments(text).map((one) => one.toJS() as KubeManifest) };
}

/** The package that has the model of an API group. */
function packageOf(group: string): string {
  if (group.endsWith("knative.dev")) return `@kubernetes-models/knative/${group}`;
  if (group === "monitoring.coreos.com") return `@kubernetes-models/prometheus-operator/${group}`;
  return group === "" ? "kubernetes-models" : `kubernetes-models/${group}`;
}

function moduleOf({ apiVersion, kind }: KubeManifest): string {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return `${packageOf(group ?? "")}/${version}/${kind}`;
}

/**
 * Every object against the OpenAPI of its kind, as kubernetes-models has it: types and enums by its
 * validators, unknown fields (which those let pass) by the compiler, that refuses them in a literal.
 */
export async function validateStrictly(rendered: readonly KubeManifest[]): Promise<void> {
  const objects = rendered.map(asServingTakesIt);
  for (const object of objects) {
    const module = (await import(moduleOf(object))) as Record<string, Model>;
    const Kind = module[object.kind];
    assert.ok(Kind, `${object.apiVersion} ${object.kind} has a model`);
    try {
      // The model of a SinkBinding wants what only the controller writes.
      const hasStatus = object.kind === "SinkBinding";
      new Kind(hasStatus ? { ...object, status: {} } : object).validate();
    } catch (error) {
      assert.fail(`${object.kind} ${object.metadata.name}: ${(error as Error).message}`);
    }
  }
  assert.equal(unknownFields(objects), "");
}

/**
 * A probe of a Knative Service needs no port, its webhook fills in 0: Serving drops `required` from
 * its schema there (`S:cmd/schema-tweak/overrides.go`), the models have it from Kubernetes.
 */
function asServingTakesIt(object: KubeManifest): KubeManifest {
  if (!object.apiVersion.startsWith("serving.knative.dev/")) return object;
  return JSON.parse(
    JSON.stringify(object, (key, value: unknown) =>
      key === "httpGet" ? { port: 0, ...(value as object) } : value,
    ),
  ) as KubeManifest;
}

type Model = new (data: object) => { validate(): void };

/** What the compiler says of the objects as literals; nothing when each field is known. */
export function unknownFields(objects: readonly KubeManifest[]): string {
  const folder = mkdtempSync(join(root, ".strict-"));
  try {
    const text = objects.map((object, index) => {
      const type = `Omit<import("${moduleOf(object)}").I${object.kind}, "status">`;
      return `export const object${index}: ${type} = ${JSON.stringify(object, null, 2)};\n`;
    });
    writeFileSync(join(folder, "objects.ts"), text.join(""));
    const options = { noEmit: true, strict: true, skipLibCheck: true, types: [] };
    const compilerOptions = { ...options, module: "nodenext", target: "esnext" };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["objects.ts"] }),
    );
    execFileSync(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
