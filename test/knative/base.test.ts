import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { EventContract } from "../../shared/events/contract.ts";
import { kubectlMinor } from "../kubectl.ts";

type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: unknown;
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
};
type Exact = { exact?: Record<string, string>; any?: Exact[] };
type Container = {
  image: string;
  securityContext: Record<string, unknown>;
  resources: { requests: object; limits: object };
};
type Template = { timeoutSeconds: number; containers: Container[] };

const base = resolve(import.meta.dirname, "../../knative/base");
const root = resolve(base, "../..");

describe("knative/base", () => {
  const manifests: Manifest[] = globSync(join(base, "*.yaml"))
    .filter((file) => basename(file) !== "kustomization.yaml")
    .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")))
    .map((document) => document.toJS() as Manifest);
  const ofKind = (kind: string, group: string) =>
    manifests.filter((one) => one.kind === kind && one.apiVersion.startsWith(group));
  const services = ofKind("Service", "serving.knative.dev");
  const template = (service: Manifest) =>
    (service.spec as { template: { spec: Template } }).template.spec;

  it("names every file in its kustomization", () => {
    const { resources } = parse(readFileSync(join(base, "kustomization.yaml"), "utf8")) as {
      resources: string[];
    };
    const files = globSync("*.yaml", { cwd: base }).filter((file) => file !== "kustomization.yaml");
    assert.deepEqual([...resources].sort(), files.sort());
  });

  it("renders with the real kubectl (>= 1.22)", function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const rendered = execFileSync("kubectl", ["kustomize", base], { encoding: "utf8" });
    assert.equal(parseAllDocuments(rendered).length, manifests.length);
  });

  it("filters on types and extensions that an event contract knows", async () => {
    const contracts = new Map<string, EventContract>();
    for (const file of globSync(join(root, "shared/events/*.ts"))) {
      const module = (await import(file)) as Record<string, EventContract>;
      for (const value of Object.values(module)) {
        if (typeof value === "object" && "create" in value) contracts.set(value.type, value);
      }
    }
    const check = ({ exact, any }: Exact): void => {
      any?.forEach(check);
      if (exact === undefined) return;
      const { type, source: _source, ...extensions } = exact;
      const contract = contracts.get(type ?? "");
      assert.ok(contract, `unknown type ${type}`);
      for (const name of Object.keys(extensions)) assert.ok(contract.extensions.includes(name));
    };
    const triggers = ofKind("Trigger", "eventing.knative.dev");
    assert.ok(triggers.length > 0);
    for (const trigger of triggers) (trigger.spec as { filters: Exact[] }).filters.forEach(check);
  });

  it("runs images that have a function", () => {
    for (const service of services) {
      const image = template(service).containers[0]?.image ?? "";
      assert.match(image, /^dev\.local\/vigie\/[a-z-]+$/);
      assert.ok(existsSync(join(root, "functions", basename(image), "index.ts")), image);
    }
  });

  it("gives every function the restricted pod security, limits and a drain of at least 30 s", () => {
    for (const service of services) {
      const { containers, timeoutSeconds } = template(service);
      assert.ok(timeoutSeconds >= 30);
      for (const { securityContext, resources } of containers) {
        assert.deepEqual(securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        });
        assert.deepEqual(Object.keys(resources), ["requests", "limits"]);
      }
    }
  });

  it("lets only resource-patch resize, and nobody use a wildcard", () => {
    const roles = [...ofKind("Role", "rbac"), ...ofKind("ClusterRole", "rbac")];
    for (const role of roles) {
      for (const { apiGroups, resources, verbs } of role.rules ?? []) {
        assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"), role.metadata.name);
        if (resources.includes("pods/resize")) {
          assert.equal(role.metadata.name, "vigie-resource-patch");
        }
      }
    }
  });
});
