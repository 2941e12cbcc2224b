import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { createAlertMetrics } from "../../functions/alert-handle/metrics.ts";
import { metrics as alertSource } from "../../functions/alert-source/metrics.ts";
import { metrics as console } from "../../functions/console/metrics.ts";
import { createScanMetrics } from "../../functions/label-scan/metrics.ts";
import { metrics as resourcePatch } from "../../functions/resource-patch/metrics.ts";
import type { Instrument } from "../../shared/instruments.ts";
import { createEventInstruments } from "../../shared/metrics.ts";
import { isInstalled } from "../e2e/runtime.ts";

const folder = resolve(import.meta.dirname, "../../prometheus");
const read = (file: string) => readFileSync(resolve(folder, file), "utf8");

type Rule = { record?: string; alert?: string; expr: string };
type Panel = { id: number; title: string; targets: { expr: string }[] };
const rules = (parse(read("rules/vigie.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { panels, uid } = JSON.parse(read("grafana/vigie.json")) as { panels: Panel[]; uid: string };

const instruments: readonly Instrument[] = [
  ...Object.values(createEventInstruments()),
  ...createAlertMetrics(Date.now).instruments,
  ...alertSource.instruments,
  ...console.instruments,
  ...createScanMetrics(Date.now).instruments,
  ...resourcePatch.instruments,
];

/** What can be asked for, with the labels it has. */
const series = new Map<string, ReadonlySet<string>>();
for (const { name, type, labelNames } of instruments) {
  const labels = new Set(["function", "pod", ...labelNames]);
  if (type !== "histogram") series.set(name, labels);
  else {
    series.set(`${name}_bucket`, new Set([...labels, "le"]));
    series.set(`${name}_sum`, labels);
    series.set(`${name}_count`, labels);
  }
}
for (const { record, expr } of rules) {
  if (record === undefined) continue;
  const by = /by \(([^)]*)\)/.exec(expr)?.[1] ?? "";
  series.set(record, new Set(by.split(/,\s*/)));
}

/** Metrics of ours in an expression, and the labels it names beside them. */
function named(expr: string): { metrics: string[]; labels: string[] } {
  const metrics = expr.match(/\b(?:function:)?vigie_\w+(?::\w+)?/g) ?? [];
  const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = ""]) => by.split(","));
  const matchers = [...expr.matchAll(/[{,]\s*(\w+)\s*[=!]/g)].map(([, label = ""]) => label);
  return { metrics, labels: [...groups, ...matchers].map((label) => label.trim()) };
}

describe("what is asked of our metrics", () => {
  const asked = [
    ...rules.map(({ alert, record, expr }) => ({ by: alert ?? record ?? "", expr })),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ by: title, expr }))),
  ];
  for (const { by, expr } of asked) {
    const { metrics, labels } = named(expr);
    if (metrics.length === 0) continue;
    it(`exists in the code, with its labels: ${by}`, () => {
      for (const metric of metrics) {
        const known = series.get(metric);
        assert.ok(known, `no function counts ${metric}`);
        for (const label of labels) assert.ok(known.has(label), `${metric} has no label ${label}`);
      }
    });
  }

  it("is of every instrument: none is counted for nobody", () => {
    const used = asked.flatMap(({ expr }) => named(expr).metrics);
    for (const { name } of instruments) {
      assert.ok(
        used.some((metric) => metric.startsWith(name)),
        `nobody asks for ${name}`,
      );
    }
  });

  it("finds instruments that no module of a function forgets to name here", () => {
    const files = globSync("functions/*/metrics.ts", { cwd: resolve(folder, "..") });
    const made = files.flatMap(
      (file) => readFileSync(resolve(folder, "..", file), "utf8").match(/"vigie_\w+"/g) ?? [],
    );
    const names = instruments.map(({ name }) => JSON.stringify(name));
    assert.deepEqual(
      made.filter((name) => !names.includes(name)),
      [],
    );
  });
});

describe("prometheus/grafana/vigie.json", function () {
  this.timeout(20_000);

  it("has panels with their own ids, in a grid of 24 columns, without overlaps", () => {
    assert.equal(uid, "vigie");
    type Placed = Panel & { gridPos: { x: number; y: number; w: number; h: number } };
    const placed = panels as Placed[];
    assert.equal(new Set(placed.map(({ id }) => id)).size, placed.length);
    const cells = placed.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length);
  });

  it("asks what the real promtool can read", function () {
    if (!isInstalled("promtool")) this.skip();
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const file = {
      groups: [
        {
          name: "dashboard",
          rules: exprs.map((expr, at) => ({
            record: `panel:${at}`,
            expr: expr.replaceAll("$__rate_interval", "1m"),
          })),
        },
      ],
    };
    const temporary = mkdtempSync(join(tmpdir(), "vigie-dashboard-"));
    try {
      writeFileSync(join(temporary, "rules.yaml"), stringify(file));
      execFileSync("promtool", ["check", "rules", join(temporary, "rules.yaml")], {
        stdio: ["ignore", "pipe", "pipe"],
      });
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});
