import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { Policy } from "../../shared/policy-schema.ts";
import { upgradePolicy } from "../../shared/policy-upgrade.ts";
import { parsePolicy, readPolicy } from "../../shared/policy.ts";

const manifest = join(import.meta.dirname, "../../knative/base/policy.yaml");

describe("policy", () => {
  const { data, metadata } = parse(readFileSync(manifest, "utf8")) as {
    data: Record<string, string>;
    metadata: { name: string };
  };
  const text = data["policy.yaml"] ?? "";

  it("is the same in knative/base as without a file", async () => {
    assert.equal(metadata.name, "policy");
    assert.deepEqual(Policy.parse(upgradePolicy(parse(text))), DEFAULT_POLICY);
    assert.deepEqual(await readPolicy(), DEFAULT_POLICY);
  });

  it("knows the text of knative/base without parsing it: else renew DEFAULT_POLICY_SHA256", async () => {
    assert.equal(await parsePolicy(text), DEFAULT_POLICY);
  });

  it("may be JSON", async () => {
    assert.deepEqual(await parsePolicy(JSON.stringify(DEFAULT_POLICY)), DEFAULT_POLICY);
  });

  it("takes what a user changes", async () => {
    const policy = await parsePolicy(text.replace("mode: auto\n", "mode: recommend\n"));
    assert.equal(policy.classes.gold.mode, "recommend");
  });

  it("lists every fault with its path", async () => {
    const bad = text
      .replace("highPercent: 66", "highPercent: 20")
      .replace("strategy: usage\n", "strategy: magic\n")
      .replace("maxStepUpRatio: 3", "marginRatio: 3")
      .replace(/silver:\n( *)mode: auto/, "silver:\n$1mode: maybe")
      .replace("- kube-*", "- ../etc")
      .replace("label: fogsla", "label: 'a b'");
    await assert.rejects(parsePolicy(bad), (error: Error) => {
      for (const fault of [
        "bands.highPercent: must be above moderatePercent",
        "strategy: must be usage, cluster-zone, vpa or recommend-only",
        "classes.gold.cpu.maxStepUpRatio: is missing",
        "classes.gold.cpu.marginRatio: unknown key",
        "classes.silver.mode: ",
        "protectedNamespaces.0: is no namespace",
        "optIn.0.label: is no label key",
      ]) {
        assert.ok(error.message.includes(fault), `${fault} in\n${error.message}`);
      }
      return true;
    });
  });

  it("still reads a file of before: cooldownSeconds is for both ways, the rest has its defaults", async () => {
    const { min, max } = { min: 10, max: 4000 };
    const cpu = { targetUtilizationRatio: 0.5, maxStepUpRatio: 2, minMillis: min, maxMillis: max };
    const memory = {
      targetUtilizationRatio: 0.5,
      maxStepUpRatio: 2,
      minMebibytes: 16,
      maxMebibytes: 8192,
    };
    const old = { mode: "auto", cooldownSeconds: 77, cpu, memory };
    const { paused: _, changesPerHour: __, ...rest } = DEFAULT_POLICY;
    const classes = { gold: old, silver: old, bronze: old };
    const policy = await parsePolicy(JSON.stringify({ ...rest, classes }));
    const { gold, bronze } = policy.classes;
    assert.deepEqual([gold.cooldownUpSeconds, gold.cooldownDownSeconds], [77, 77]);
    assert.equal(gold.cpu.targetUtilizationRatio, 0.5);
    assert.deepEqual(gold.weights, DEFAULT_POLICY.classes.gold.weights);
    assert.deepEqual(bronze.sizing, DEFAULT_POLICY.classes.bronze.sizing);
  });

  it("refuses a target that would leave a pod in the band high", async () => {
    await assert.rejects(
      parsePolicy(text.replace("targetUtilizationRatio: 0.45", "targetUtilizationRatio: 0.63")),
      /classes\.gold\.cpu\.targetUtilizationRatio: must be below 0\.63/,
    );
  });

  it("takes each strategy, and refuses one that no class lets do anything", async () => {
    for (const strategy of ["usage", "vpa", "recommend-only"] as const) {
      const policy = await parsePolicy(
        text.replace("strategy: usage\n", `strategy: ${strategy}\n`),
      );
      assert.equal(policy.strategy, strategy);
    }
    const zones = text.replace("strategy: usage\n", "strategy: cluster-zone\n");
    await assert.rejects(
      parsePolicy(zones),
      /strategy: cluster-zone does nothing here: no class has patch-owner among its allowedActions/,
    );
    const allowed = zones.replace("[resize, scale-out, grow-volume]", "[patch-owner]");
    assert.equal((await parsePolicy(allowed)).strategy, "cluster-zone");
    const idle = text
      .replace("strategy: usage\n", "strategy: vpa\n")
      .replaceAll("[resize, scale-out, grow-volume]", "[scale-out]");
    await assert.rejects(parsePolicy(idle), /strategy: vpa does nothing here/);
  });

  for (const hostile of ["", "[", "null", "- a", "__proto__: { bands: 1 }", "a: &a [*a]"]) {
    it(`refuses ${JSON.stringify(hostile)}`, () =>
      assert.rejects(parsePolicy(hostile), /invalid policy/));
  }

  it("says which file cannot be read", () =>
    assert.rejects(readPolicy("/nowhere/policy.yaml"), /no policy: .*\/nowhere\/policy\.yaml/));
});
