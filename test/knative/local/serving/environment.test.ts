import assert from "node:assert/strict";
import {
  containerEnv,
  inheritedEnv,
  type KeyedData,
} from "../../../../knative/local/serving/environment.ts";
import { expand } from "../../../../knative/local/serving/expand.ts";

const data = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([key, text]) => [key, Buffer.from(text)]));
const configMaps: KeyedData = new Map([["lab/settings", data({ COLOUR: "blue", SIZE: "3" })]]);
const secrets: KeyedData = new Map([["lab/token", data({ value: "hush" })]]);

describe("containerEnv", () => {
  const read = (container: Parameters<typeof containerEnv>[0]) => {
    const faults: string[] = [];
    const env = containerEnv(container, "lab", { configMaps, secrets }, (one) => faults.push(one));
    return { env: { ...env }, faults };
  };

  it("takes envFrom first, then env in order, each seeing what came before", () => {
    const { env, faults } = read({
      envFrom: [{ prefix: "MY_", configMapRef: { name: "settings" } }],
      env: [
        { name: "MY_SIZE", value: "4" },
        { name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "value" } } },
        { name: "ALL", value: "$(MY_COLOUR)-$(MY_SIZE)-$(TOKEN)-$(LATER)-$$(MY_SIZE)" },
        { name: "LATER", value: "x" },
        { name: "EMPTY" },
      ],
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(env, {
      MY_COLOUR: "blue",
      MY_SIZE: "4",
      TOKEN: "hush",
      ALL: "blue-4-hush-$(LATER)-$(MY_SIZE)",
      LATER: "x",
      EMPTY: "",
    });
  });

  it("tells all that is missing, and not what is optional", () => {
    const { env, faults } = read({
      envFrom: [
        { configMapRef: { name: "nowhere" } },
        { secretRef: { name: "nowhere", optional: true } },
      ],
      env: [
        { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "toString" } } },
        { name: "B", valueFrom: { secretKeyRef: { name: "token", key: "x", optional: true } } },
      ],
    });
    assert.deepEqual(env, {});
    assert.deepEqual(faults, [
      "envFrom: there is no ConfigMap lab/nowhere",
      "env A: there is no key toString in ConfigMap lab/settings",
    ]);
  });

  it("inherits four variables, where traces go, and nothing else of the user's", () => {
    const env = { PATH: "/bin", HOME: "/home/me", AWS_SECRET_ACCESS_KEY: "no", NODE_OPTIONS: "no" };
    assert.deepEqual(inheritedEnv(env), { HOST: "127.0.0.1", PATH: "/bin", HOME: "/home/me" });
    const traced = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318", OTELX: "no" };
    assert.equal(inheritedEnv(traced)["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://127.0.0.1:4318");
    assert.equal(inheritedEnv(traced)["OTELX"], undefined);
  });
});

describe("expand", () => {
  it("knows only own variables", () => {
    assert.equal(expand("$(toString) $( $(A", { A: "1" }), "$(toString) $( $(A");
    assert.equal(expand("$(A)$$$(A)", { A: "1" }), "1$1");
  });
});
