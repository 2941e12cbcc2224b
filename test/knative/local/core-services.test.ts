import assert from "node:assert/strict";
import { backingOf } from "../../../knative/local/core-services.ts";
import type { CoreService } from "../../../knative/local/manifests/core-service.ts";
import { DeploymentManifest, toDeployment } from "../../../knative/local/manifests/workload.ts";

const identity = { labels: {}, annotations: {}, file: "lab.yaml", line: 1 };
const deployment = (name: string, namespace = "lab", replicas = 1) => {
  const metadata = { name, namespace };
  const template = {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ image: "example.org/web" }] },
  };
  const manifest = DeploymentManifest.parse({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { replicas, template },
  });
  return toDeployment(manifest, { ...identity, ...metadata });
};
const service = (more: Partial<CoreService> = {}): CoreService => ({
  ...identity,
  name: "web",
  namespace: "lab",
  selector: { app: "web" },
  ports: [80],
  ...more,
});
const faultOf = (one: CoreService, ...deployments: ReturnType<typeof deployment>[]) => {
  const backed = backingOf(one, { deployments });
  return "fault" in backed ? backed.fault : null;
};

describe("a plain Service", () => {
  it("leads to the Deployment whose pods it selects, in its own namespace", () => {
    const web = deployment("web");
    const found = backingOf(service(), { deployments: [deployment("web", "other"), web] });
    assert.deepEqual(found, { deployment: web });
  });

  it("says why events cannot be sent to it", () => {
    const web = deployment("web");
    assert.match(faultOf(service({ selector: {} }), web) ?? "", /no selector/);
    assert.match(
      faultOf(service({ ports: [8000] }), web) ?? "",
      /sent to port 80, and it has 8000/,
    );
    assert.match(faultOf(service(), deployment("web", "lab", 0)) ?? "", /no Deployment/);
    assert.match(faultOf(service({ selector: { app: "x" } }), web) ?? "", /no Deployment/);
    assert.match(faultOf(service(), web, deployment("web-2")) ?? "", /web and web-2/);
  });
});
