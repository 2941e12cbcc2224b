import assert from "node:assert/strict";
import { routeOf } from "../../../../knative/local/serving/route.ts";

describe("routeOf", () => {
  it("reads service and namespace", () => {
    const route = { service: "machine-1", namespace: "vigie" };
    for (const host of [
      "machine-1.vigie.localhost:8081",
      "machine-1.vigie.localhost",
      "Machine-1.VIGIE.localhost.",
      "machine-1.vigie.svc.cluster.local",
    ]) {
      assert.deepEqual(routeOf(host), route, host);
    }
  });

  it("is null for every other host", () => {
    for (const host of [
      undefined,
      "",
      "localhost:8081",
      "vigie.localhost",
      "a.b.c.localhost",
      "a.b.localhost.evil.example",
      "-a.b.localhost",
      "../x.b.localhost",
      "__proto__.b.localhost",
      `${"a".repeat(64)}.b.localhost`,
    ]) {
      assert.equal(routeOf(host), null, host);
    }
  });
});
