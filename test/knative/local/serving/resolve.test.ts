import assert from "node:assert/strict";
import { resolve } from "../../../../knative/local/serving/resolve.ts";

const known = { services: new Set(["lab/echo"]), brokers: new Set(["lab/default"]) };
const service = {
  apiVersion: "serving.knative.dev/v1",
  kind: "Service",
  namespace: "lab",
  name: "echo",
};
const broker = {
  apiVersion: "eventing.knative.dev/v1",
  kind: "Broker",
  namespace: "lab",
  name: "default",
};

describe("resolve", () => {
  it("finds services, brokers and URLs", () => {
    const found = { kind: "service", namespace: "lab", name: "echo" };
    assert.deepEqual(resolve({ ref: service }, known), { ...found, path: "/" });
    assert.deepEqual(resolve({ ref: service, uri: "/in?a=1" }, known), {
      ...found,
      path: "/in?a=1",
    });
    assert.deepEqual(resolve({ ref: service, uri: "../../in" }, known), { ...found, path: "/in" });
    const { kind, path } = { path: "", ...resolve({ ref: broker }, known) };
    assert.deepEqual([kind, path], ["broker", "/lab/default"]);
    assert.deepEqual(resolve({ uri: "http://x/" }, known), { kind: "url", url: "http://x/" });
  });

  it("names what cannot be found", () => {
    assert.throws(
      () => resolve({ ref: { ...service, name: "no" } }, known),
      /no Service no in namespace lab/,
    );
    assert.throws(
      () => resolve({ ref: { ...service, apiVersion: "v1" } }, known),
      /Service \(v1\) echo/,
    );
  });
});
