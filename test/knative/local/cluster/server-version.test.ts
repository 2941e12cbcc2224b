import assert from "node:assert/strict";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import { recording } from "../../../recording.ts";

/** What a client can see of the version of an API server. */
async function seen(version?: string) {
  const scenario = parseScenario({
    ...(version === undefined ? {} : { kubernetesVersion: version }),
    nodes: [{ name: "one" }],
    workloads: [
      {
        kind: "Pod",
        namespace: "shop",
        name: "web",
        containers: [{ name: "app", image: "app:1" }],
      },
    ],
  });
  const cluster = await startCluster({ port: 0, scenario, ...recording() });
  try {
    const get = async (path: string) =>
      (await (await fetch(`${cluster.url}${path}`)).json()) as Record<string, unknown>;
    const { minor, gitVersion } = await get("/version");
    const { resources } = (await get("/api/v1")) as { resources: { name: string }[] };
    const node = (await get("/api/v1/nodes/one")) as {
      status: { nodeInfo: { kubeletVersion: string } };
    };
    const resize = await fetch(`${cluster.url}/api/v1/namespaces/shop/pods/web/resize`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: "{}",
    });
    return {
      minor,
      gitVersion,
      kubelet: node.status.nodeInfo.kubeletVersion,
      isListed: resources.some(({ name }) => name === "pods/resize"),
      resize: resize.status,
    };
  } finally {
    await cluster.close();
  }
}

describe("the version of the API server", () => {
  it("is the first where resizing in place is stable, if nobody says otherwise", async () => {
    assert.deepEqual(await seen(), {
      minor: "35",
      gitVersion: "v1.35.0",
      kubelet: "v1.35.0",
      isListed: true,
      resize: 200,
    });
  });

  it("can be one without pods/resize", async () => {
    assert.deepEqual(await seen("v1.32.4"), {
      minor: "32",
      gitVersion: "v1.32.4",
      kubelet: "v1.32.4",
      isListed: false,
      resize: 404,
    });
  });
});
