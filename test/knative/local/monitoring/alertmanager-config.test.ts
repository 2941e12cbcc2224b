import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import {
  localAlertmanager,
  webhookServices,
} from "../../../../knative/local/monitoring/alertmanager-config.ts";

const file = resolve(import.meta.dirname, "../../../../prometheus/alertmanager.yaml");
const text = readFileSync(file, "utf8");

describe("localAlertmanager", () => {
  it("differs from the project's file in the webhook's host only", () => {
    const local = localAlertmanager(text, () => "http://127.0.0.1:4711", 1);
    const expected = text.replace(
      "http://alert-source.vigie.svc.cluster.local/alerts",
      "http://127.0.0.1:4711/alerts",
    );
    assert.notEqual(expected, text);
    assert.deepEqual(parse(local), parse(expected));
  });

  it("leaves a webhook outside of the cluster as it is", () => {
    const url = "https://pager.example.org/hook?team=1";
    const outside = `receivers: [{ name: a, webhook_configs: [{ url: "${url}" }] }, { name: b }]`;
    const local = localAlertmanager(outside, () => "http://wrong", 1);
    assert.deepEqual(parse(local), parse(outside));
    assert.deepEqual(webhookServices(outside), []);
  });

  it("shortens every duration by the factor", () => {
    const local = parse(localAlertmanager(text, () => "http://127.0.0.1:1", 1 / 15)) as {
      route: { routes: [Record<string, unknown>] };
    };
    const { group_wait, group_interval, repeat_interval } = local.route.routes[0];
    assert.deepEqual(
      { group_wait, group_interval, repeat_interval },
      { group_wait: "0ms", group_interval: "2000ms", repeat_interval: "240000ms" },
    );
  });
});

describe("webhookServices", () => {
  it("names the service of the project's webhook", () => {
    assert.deepEqual(webhookServices(text), [{ namespace: "vigie", service: "alert-source" }]);
  });
});
