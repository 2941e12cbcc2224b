import assert from "node:assert/strict";
import { WorkloadTally } from "../../functions/label-scan/workloads.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
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

  it("is open to label-scan for the kinds it lists", async () => {
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "label-scan"));
    try {
      const tally = new WorkloadTally(() => true);
      for (const { metadata } of owned.pods.values()) tally.addPod(metadata);
      const workloads = await tally.resolve(kube, ["shop"], {});
      const read = workloads.filter(
        ({ workloadLabels }) => workloadLabels["vigie.dev/managed"] === "true",
      );
      assert.deepEqual(read.map(({ kind }) => kind).toSorted(), [
        "CronJob",
        "DaemonSet",
        "Deployment",
        "StatefulSet",
      ]);
    } finally {
      await kube.close();
    }
  });
});
