import assert from "node:assert/strict";
import fc from "fast-check";
import { podNames } from "../../../../functions/resource-patch/usage/pod-names.ts";

const RANDOM = "bcdfghjklmnpqrstvwxz2456789".split("");
const random = (length: number) =>
  fc
    .array(fc.constantFrom(...RANDOM), { minLength: length, maxLength: length })
    .map((each) => each.join(""));
const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9.-]{0,70}[a-z0-9])?$/);

/** As Prometheus anchors it. */
const matches = (pattern: string, pod: string) => new RegExp(`^(?:${pattern})$`).test(pod);
const of = (kind: string, workload: string, pod = "any") => podNames({ kind, name: workload }, pod);
/** As the API server generates: what is before the random part is cut off. */
const generate = (base: string, suffix: string) => `${base.slice(0, 58)}${suffix}`;

describe("podNames", () => {
  it("match every pod of a Deployment, however long its name", () => {
    fc.assert(
      fc.property(
        name,
        random(10),
        fc.integer({ min: 1, max: 10 }),
        random(5),
        (workload, hash, length, suffix) =>
          matches(
            of("Deployment", workload),
            generate(`${workload}-${hash.slice(0, length)}-`, suffix),
          ),
      ),
    );
  });

  it("match every pod of a DaemonSet, StatefulSet and CronJob", () => {
    fc.assert(
      fc.property(name, random(5), fc.nat(99), (workload, suffix, number) => {
        assert.ok(matches(of("DaemonSet", workload), generate(`${workload}-`, suffix)));
        assert.ok(matches(of("ReplicaSet", workload), generate(`${workload}-`, suffix)));
        assert.ok(matches(of("StatefulSet", workload), `${workload}-${number}`));
        const short = workload.slice(0, 40);
        assert.ok(matches(of("CronJob", short), `${short}-29384756-${suffix}`));
        assert.ok(matches(of("Job", short), `${short}-${suffix}`));
        assert.ok(matches(of("Job", short), `${short}-${number}-${suffix}`));
      }),
    );
  });

  for (const [kind, workload, stranger] of [
    ["Deployment", "web", "web-api-7d9c5b8f6d-x2x2x"],
    ["Deployment", "web", "my-web-7d9c5b8f6d-x2x2x"],
    ["Deployment", "web", "web-0"],
    ["Deployment", "a.b", "axb-7d9c5b8f6d-x2x2x"],
    ["StatefulSet", "db", "db-0-1"],
    ["StatefulSet", "db", "db-backup-0"],
    ["DaemonSet", "log", "log-agent-x2x2x"],
    ["Pod", "a.b", "axb"],
    ["Revision", "shop-00003", "shop-api-00003-deployment-7d9c5b8f6d-x2x2x"],
  ] as const) {
    it(`of ${kind} ${workload} do not match ${stranger}`, () => {
      assert.equal(matches(of(kind, workload, workload), stranger), false);
    });
  }

  it("match all revisions of a Knative Service, and one that is named by hand alone", () => {
    assert.ok(matches(of("Revision", "shop-00003"), "shop-00001-deployment-7d9c5b8f6d-x2x2x"));
    assert.ok(matches(of("Revision", "shop-green"), "shop-green-deployment-7d9c5b8f6d-x2x2x"));
    assert.ok(!matches(of("Revision", "shop-green"), "shop-blue-deployment-7d9c5b8f6d-x2x2x"));
  });

  it("match the siblings of a pod whose owner's kind is not known", () => {
    const pattern = of("Cluster", "main", "main-3.1-x2x2x");
    assert.ok(matches(pattern, "main-3.1-z4z4z"));
    assert.ok(!matches(pattern, "main-3x1-z4z4z"));
    assert.ok(matches(of("Cluster", "main", "main-1"), "main-1"));
    assert.ok(!matches(of("Cluster", "main", "main-1"), "main-2"));
  });
});
