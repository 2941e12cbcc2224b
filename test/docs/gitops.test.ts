import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { gitOpsOf } from "../../functions/resource-patch/surroundings/git-ops.ts";
import { WORKLOAD } from "../../functions/resource-patch/guards/workload.ts";
import { toExport } from "../../knative/export/patch-files.ts";
import { type Cluster, startCluster } from "../../knative/local/cluster/start.ts";
import { kubectlMinor } from "../kubectl.ts";
import { call } from "../knative/local/cluster/http.ts";

const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/gitops.md"), "utf8");

/** The YAML of the page, by the name of the file in its first line. */
const snippets = new Map(
  [...page.matchAll(/^```yaml\n# (\S+)\n([^]*?)^```$/gm)].map(
    ([, name = "", text = ""]): [string, string] => [name, text],
  ),
);
const snippet = (name: string) => snippets.get(name) ?? assert.fail(`no snippet ${name}`);

type Container = { name: string; image?: string; resources?: { limits?: { cpu?: string } } };
type Deployment = {
  metadata: { annotations?: Record<string, string> };
  spec: { template: { spec: { containers: Container[] } } };
};

describe("docs/gitops.md", function () {
  this.timeout(20_000);

  it("has YAML that can be read, and no block that is not looked at here", () => {
    assert.equal([...page.matchAll(/^```yaml$/gm)].length, snippets.size);
    assert.deepEqual(
      [...snippets.keys()],
      ["kustomization.yaml", "deployment.yaml", "application.yaml", "flux-annotation.yaml"],
    );
    for (const text of snippets.values()) assert.ok(parse(text));
  });

  it("names guards, annotations and commands that exist", () => {
    const codes = WORKLOAD.map(({ code }) => code);
    for (const [, code = ""] of page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)) {
      assert.ok(codes.includes(code), code);
    }
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, script = ""] of page.matchAll(/npm run (\S+)/g)) assert.ok(scripts[script]);
    for (const key of ["argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"]) {
      assert.ok(page.includes(key));
      const found = gitOpsOf({ labels: { [key]: "shop" }, annotations: { [key]: "shop:apps" } });
      assert.equal(found?.tool, "Argo CD");
    }
    assert.equal(gitOpsOf({ labels: { "app.kubernetes.io/instance": "shop" } }), null);
    for (const key of ["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"]) {
      assert.ok(page.includes(key));
      assert.equal(gitOpsOf({ labels: { [key]: "shop" } })?.tool, "Flux");
    }
  });

  it("tells Argo CD both to ignore our fields and to respect that when it syncs", () => {
    const { spec } = parse(snippet("application.yaml")) as {
      spec: {
        ignoreDifferences: { managedFieldsManagers: string[] }[];
        syncPolicy: { syncOptions: string[] };
      };
    };
    assert.deepEqual(spec.ignoreDifferences[0]?.managedFieldsManagers, ["vigie"]);
    assert.ok(spec.syncPolicy.syncOptions.includes("RespectIgnoreDifferences=true"));
  });

  it("shows a kustomization that takes an export in", function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const folder = mkdtempSync(join(tmpdir(), "vigie-gitops-"));
    try {
      const owner = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace: "shop",
        name: "checkout",
      };
      const container = { kind: "container", name: "checkout" } as const;
      const pods = [
        {
          containers: [{ ...container, requests: { cpu: "409m" }, limits: { cpu: "818m" } }],
          decided: [{ resource: "cpu", container: "checkout", kind: "container" } as const],
        },
      ];
      const { files } = toExport(new Map([["checkout", { owner, pods }]]));
      writeFileSync(join(folder, "kustomization.yaml"), snippet("kustomization.yaml"));
      writeFileSync(join(folder, "shop.yaml"), snippet("deployment.yaml"));
      for (const [path, text] of files) {
        mkdirSync(join(folder, "vigie-sizes/shop"), { recursive: true });
        writeFileSync(join(folder, "vigie-sizes", path), text);
      }
      const rendered = execFileSync("kubectl", ["kustomize", folder], { encoding: "utf8" });
      const [checkout] = (parse(rendered) as Deployment).spec.template.spec.containers;
      assert.equal(checkout?.resources?.limits?.cpu, "818m");
      assert.equal(checkout?.image, "registry.example/checkout:1.0.0");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe("a Deployment whose sizes are not in Git", () => {
    const path = "/apis/apps/v1/namespaces/shop/deployments/checkout";
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ port: 0 });
      await call(cluster, "DELETE", path);
    });
    after(() => cluster.close());
    const apply = (fieldManager: string, body: unknown) =>
      call(cluster, "PATCH", `${path}?fieldManager=${fieldManager}&force=true`, {
        type: "application/apply-patch+yaml",
        body,
      });
    const limitOf = async () => {
      const { body } = await call(cluster, "GET", path);
      return (body as Deployment).spec.template.spec.containers[0]?.resources?.limits?.cpu;
    };
    const sizeOf = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });
    const sizes = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "checkout" },
      spec: {
        template: {
          spec: { containers: [{ name: "checkout", resources: sizeOf("818m") }] },
        },
      },
    };

    it("keeps ours, however often the tool applies its own", async () => {
      const manifest = parse(snippet("deployment.yaml")) as object;
      const created = await apply("kustomize-controller", manifest);
      assert.ok(created.code === 200 || created.code === 201, JSON.stringify(created.body));
      assert.equal((await apply("vigie", sizes)).code, 200);
      await apply("kustomize-controller", manifest);
      await apply("kustomize-controller", manifest);
      assert.equal(await limitOf(), "818m");
    });

    it("loses them to a tool that names them: why they have to be left out", async () => {
      const manifest = structuredClone(parse(snippet("deployment.yaml")) as Deployment);
      const [container] = manifest.spec.template.spec.containers;
      assert.ok(container);
      container.resources = sizeOf("400m");
      const applied = await apply("kustomize-controller", manifest);
      assert.equal(applied.code, 200, JSON.stringify(applied.body));
      assert.equal(await limitOf(), "400m");
    });
  });
});
