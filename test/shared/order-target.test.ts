import assert from "node:assert/strict";
import type { Scope } from "../../shared/events/order.ts";
import { checkTarget } from "../../shared/order-target.ts";

describe("the target of an order", () => {
  const workload = (more: object): Scope => ({
    scope: "workload",
    namespace: "shop",
    kind: "Deployment",
    name: "cart",
    ...more,
  });

  for (const target of [
    { scope: "all" },
    { scope: "namespace", namespace: "shop" },
    workload({}),
    workload({ kind: "Rollout", name: "cart.v2" }),
  ] satisfies Scope[]) {
    it(`may be ${JSON.stringify(target)}`, () => checkTarget(target));
  }

  for (const kind of ["deployment", "deploy", "deployments.apps", "Deploy ment", ""]) {
    it(`is of no kind ${JSON.stringify(kind)}`, () => {
      assert.throws(() => checkTarget(workload({ kind })), { code: "INVALID_KIND" });
    });
  }

  for (const target of [
    { scope: "namespace", namespace: "no such" },
    workload({ namespace: "../shop" }),
    workload({ name: "Cart" }),
  ] satisfies Scope[]) {
    it(`has no name as in ${JSON.stringify(target)}`, () => {
      assert.throws(() => checkTarget(target), { code: "INVALID_NAME" });
    });
  }
});
