import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { alertmanagerConfigSpec } from "../../prometheus/operator/alertmanager-config.ts";
import { operatorFiles } from "../../prometheus/operator/objects.ts";

const folder = resolve(import.meta.dirname, "../../prometheus");
const read = (file: string) => readFileSync(resolve(folder, file), "utf8");
const files = operatorFiles();
const made = (name: string) => parse(files.get(name) ?? "") as { spec: unknown };

describe("prometheus/kube-prometheus-stack", () => {
  it("is what the plain files say today (npm run prometheus:operator)", () => {
    const names = readdirSync(resolve(folder, "kube-prometheus-stack")).toSorted();
    assert.deepEqual(names, [...files.keys()].toSorted());
    for (const [name, text] of files) assert.equal(read(`kube-prometheus-stack/${name}`), text);
  });

  it("has all rules files, word for word", () => {
    assert.deepEqual(readdirSync(resolve(folder, "rules")), ["pod-load.yaml", "vigie.yaml"]);
    assert.deepEqual(made("own-rule.yaml").spec, parse(read("rules/vigie.yaml")));
    assert.deepEqual(made("prometheus-rule.yaml").spec, parse(read("rules/pod-load.yaml")));
  });

  it("routes as the plain file does, in the operator's words", () => {
    const plain = parse(read("alertmanager.yaml")) as {
      route: { routes: [Record<string, unknown>] };
      receivers: { name: string; webhook_configs?: Record<string, unknown>[] }[];
    };
    const [own] = plain.route.routes;
    const receiver = plain.receivers.find(({ name }) => name === own["receiver"]);
    const matchersOf = ({ matchers }: Record<string, unknown>) =>
      (matchers as string[]).map((text) => ({
        name: "alertname",
        matchType: "=~",
        value: text.split('"')[1],
      }));
    const children = own["routes"] as Record<string, unknown>[];
    assert.equal(children.length, 1);
    assert.deepEqual(made("alertmanager-config.yaml").spec, {
      route: {
        ...(toCamel(own) as object),
        matchers: matchersOf(own),
        routes: children.map((child) => ({
          ...(toCamel(child) as object),
          matchers: matchersOf(child),
        })),
      },
      receivers: [toCamel(receiver)],
    });
  });

  it("asks kube-state-metrics for every pod label that the rules use", () => {
    const values = parse(files.get("values.yaml") ?? "") as {
      "kube-state-metrics": { metricLabelsAllowlist: string[] };
    };
    const [allowed = ""] = values["kube-state-metrics"].metricLabelsAllowlist;
    const names = allowed.replace(/^pods=\[(.*)\]$/, "$1").split(",");
    const series = names.map((name) => `label_${name.replaceAll(/\W/g, "_")}`);
    const used = read("rules/pod-load.yaml").match(/label_\w+/g) ?? [];
    assert.deepEqual([...new Set(used)].toSorted(), series.toSorted());
  });
});

describe("alertmanagerConfigSpec", () => {
  const plain = () => parse(read("alertmanager.yaml")) as Plain;
  type Plain = {
    route: Record<string, unknown>;
    receivers: { webhook_configs?: { http_config: Record<string, unknown> }[] }[];
  };
  const httpConfig = (config: Plain) => config.receivers[1]?.webhook_configs?.[0]?.http_config;

  it("reads a token from the Secret that is mounted there", () => {
    const config = plain();
    const credentials_file = "/etc/alertmanager/secrets/alert-source/token";
    Object.assign(httpConfig(config) ?? {}, {
      authorization: { type: "Bearer", credentials_file },
    });
    const text = JSON.stringify(alertmanagerConfigSpec(config));
    assert.ok(text.includes('"credentials":{"name":"alert-source","key":"token"}'), text);
  });

  it("refuses what it cannot translate, instead of losing it", () => {
    const config = plain();
    Object.assign(httpConfig(config) ?? {}, { proxy_url: "http://proxy" });
    assert.throws(() => alertmanagerConfigSpec(config), /proxy_url/);
    const inhibiting = { ...plain(), inhibit_rules: [] };
    assert.throws(() => alertmanagerConfigSpec(inhibiting), /inhibit_rules/);
  });
});

/** Keys as the operator writes them. */
function toCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamel);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      toCamel(each),
    ]),
  );
}
