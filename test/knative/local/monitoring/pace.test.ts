import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { paced, RULE_INTERVAL_SECONDS } from "../../../../knative/local/monitoring/pace.ts";

const file = resolve(import.meta.dirname, "../../../../prometheus/rules/pod-load.yaml");
type Rules = { groups: { interval: string; rules: Record<string, string>[] }[] };
const rules = parse(readFileSync(file, "utf8")) as Rules;

describe("paced", () => {
  it("knows the interval of the project's rules", () => {
    for (const { interval } of rules.groups) assert.equal(interval, `${RULE_INTERVAL_SECONDS}s`);
  });

  it("shortens intervals, waits and windows, and nothing else", () => {
    const fast = paced(rules, 1 / 15) as Rules;
    const text = JSON.stringify(fast);
    assert.equal(fast.groups[0]?.interval, "1000ms");
    assert.match(text, /\[4000ms\]/);
    assert.doesNotMatch(text, /\[1m\]/);
    const high = fast.groups[0]?.rules.find(({ alert }) => alert === "PodLoadHigh");
    assert.equal(high?.["for"], "2000ms");
    assert.equal(high?.["keep_firing_for"], "4000ms");
    const plain = (all: Rules) =>
      JSON.stringify(all)
        .replaceAll(/\[\w+\]/g, "[]")
        .replaceAll(/"(interval|for|keep_firing_for)":"\w+"/g, "");
    assert.equal(plain(fast), plain(rules));
  });

  it("reads compound durations and leaves what is none", () => {
    assert.deepEqual(
      paced({ for: "1h30m", interval: "often", expr: 'a["x"] + rate(b[2m])' }, 0.5),
      {
        for: "2700000ms",
        interval: "often",
        expr: 'a["x"] + rate(b[60000ms])',
      },
    );
  });
});
