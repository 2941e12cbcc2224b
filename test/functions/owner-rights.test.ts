import assert from "node:assert/strict";
import { WorkloadTally } from "../../functions/label-scan/workloads.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import { readPolicy } from "../../shared/policy.ts";
import { createRecent } from "../../shared/kube/recent.ts";
import { accountToken } from "./account.ts";
import { clientWith } from "./account-client.ts";
import { type OwnedPods, startOwnedPods } from "./owned-pods.ts";

describe("the way from a pod to its workload", () => {
  let owned: OwnedPods;
  before(async () => {
    owned = await startOwnedPods({});
  });
  after(() => owned.cluster.close());

  for (const step of ["alert-handle", "resource-patch"]) {
    it(`is open to ${step} for every kind, with the rights of knative/base`, async () => {
      const kube = clientWith(owned.cluster, accountToken(owned.cluster, step));
      try {
        for (const [kind, { metadata }] of owned.pods) {
          const { owner, labels } = await readWorkload(kube, metadata, createRecent());
          assert.equal(owner.kind, kind);
          assert.equal(labels["vigie.dev/managed"], "true", `${kind}: its labels are read`);
        }
      } finally {
        await kube.close();
      }
    });
  }

  it("is open to label-scan for every kind", async () => {
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "label-scan"));
    try {
      const tally = new WorkloadTally(await readPolicy());
      const bare = [...owned.pods.values()].map(({ metadata }) => tally.addPod(metadata));
      const workloads = await tally.resolve(kube, { namespaces: ["shop"] }, {});
      const found = [...workloads, ...bare.filter((pod) => pod !== null)];
      assert.deepEqual(found.map(({ kind }) => kind).toSorted(), [...owned.pods.keys()].toSorted());
      for (const { kind, pods, podLabels, workloadLabels } of found) {
        const labels = kind === "Pod" ? podLabels : workloadLabels;
        assert.equal(labels["vigie.dev/managed"], "true", `${kind}: its labels are read`);
        assert.equal(pods, 1, kind);
      }
    } finally {
      await kube.close();
    }
  });

  it("leads label-scan to what has opted in and has no pod now", async () => {
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "label-scan"));
    try {
      const tally = new WorkloadTally(await readPolicy());
      const workloads = await tally.resolve(kube, { namespaces: [] }, {});
      const kinds = ["CronJob", "DaemonSet", "Deployment", "Rollout", "Service", "StatefulSet"];
      assert.deepEqual(workloads.map(({ kind }) => kind).toSorted(), kinds);
      assert.ok(workloads.every(({ pods }) => pods === 0));
    } finally {
      await kube.close();
    }
  });
});
