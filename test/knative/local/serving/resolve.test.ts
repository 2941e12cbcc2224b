import assert from "node:assert/strict";
import { type Addressables, resolve } from "../../../../knative/local/serving/resolve.ts";

const known: Addressables = {
  services: new Set(["lab/echo"]),
  brokers: new Set(["lab/default"]),
  coreServices: new Map<string, "ok" | { fault: string }>([
    ["lab/web", "ok"],
    ["lab/far", { fault: "it has no selector" }],
  ]),
};
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

  it("finds plain Services, also that of a Knative Service, and names that a cluster's DNS knows", () => {
    const core = { apiVersion: "v1", kind: "Service", namespace: "lab" };
    const to = (name: string, path = "/") => ({ kind: "service", namespace: "lab", name, path });
    assert.deepEqual(resolve({ ref: { ...core, name: "web" } }, known), to("web"));
    assert.deepEqual(
      resolve({ ref: { ...core, name: "web" }, uri: "/in" }, known),
      to("web", "/in"),
    );
    assert.deepEqual(resolve({ ref: { ...core, name: "echo" } }, known), to("echo"));
    const host = "svc.cluster.local";
    assert.deepEqual(resolve({ uri: `http://web.lab.${host}/a?b` }, known), to("web", "/a?b"));
    assert.deepEqual(resolve({ uri: "http://echo.lab.svc/" }, known), to("echo"));
    assert.deepEqual(resolve({ uri: "http://echo.lab/in" }, known), to("echo", "/in"));
    assert.equal(resolve({ uri: "http://example.org/" }, known).kind, "url");
    const ingress = `http://broker-ingress.knative-eventing.${host}/lab/default`;
    assert.equal(resolve({ uri: ingress }, known).kind, "broker");
    assert.equal(resolve({ uri: `http://other.lab.${host}/` }, known).kind, "url");
    assert.throws(
      () => resolve({ ref: { ...core, name: "far" } }, known),
      /Service far \(v1\): it has no selector/,
    );
  });

  it("finds channels, and flows at their first one, by reference and by name", () => {
    const channels = new Map([
      ["Channel/lab/in", "in-kn-channel"],
      ["Sequence/lab/chain", "chain-kn-sequence-0-kn-channel"],
    ]);
    const withChannels = { ...known, channels };
    const found = (name: string) => {
      return { kind: "broker", namespace: "lab", name, path: `/lab/${name}`, isChannel: true };
    };
    const ref = (apiVersion: string, kind: string, name: string) => ({
      ref: { apiVersion, kind, name, namespace: "lab" },
    });
    const channel = ref("messaging.knative.dev/v1", "Channel", "in");
    assert.deepEqual(resolve(channel, withChannels), found("in-kn-channel"));
    const sequence = ref("flows.knative.dev/v1", "Sequence", "chain");
    assert.deepEqual(resolve(sequence, withChannels), found("chain-kn-sequence-0-kn-channel"));
    const uri = "http://in-kn-channel.lab.svc.cluster.local/";
    assert.deepEqual(resolve({ uri }, withChannels), found("in-kn-channel"));
    assert.throws(() => resolve(channel, known), /there is no Channel in in namespace lab/);
    const parallel = ref("constructor", "Parallel", "x");
    assert.throws(
      () => resolve(parallel, withChannels),
      /Parallel \(constructor\) x cannot be sent/,
    );
  });

  it("names what cannot be found", () => {
    assert.throws(
      () => resolve({ ref: { ...service, name: "no" } }, known),
      /no Service no in namespace lab/,
    );
    assert.throws(
      () => resolve({ ref: { ...service, apiVersion: "apps/v1", kind: "Deployment" } }, known),
      /Deployment \(apps\/v1\) echo/,
    );
  });
});
