import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { startCluster } from "../../knative/local/cluster/start.ts";
import { createFunctionServer } from "../../shared/function-server.ts";
import { toOriginForm } from "../../shared/request-target.ts";
import { brokerYaml, startBrokers } from "../knative/local/broker/harness.ts";
import { ask } from "../knative/local/serving/programs.ts";

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

describe("a request target in absolute-form", () => {
  const formOf = (url: string, host = "asked.example") => {
    const request = { url, headers: { host }, rawHeaders: ["Accept", "host", "HOST", host] };
    toOriginForm(request);
    assert.equal(request.rawHeaders[3], request.headers.host);
    assert.equal(request.rawHeaders[1], "host");
    return [request.headers.host, request.url];
  };

  it("is the path on its host, which stands for the Host header", () => {
    assert.deepEqual(formOf("http://a.example:81/b?c=%20#d"), ["a.example:81", "/b?c=%20"]);
    assert.deepEqual(formOf("HTTPS://a.example"), ["a.example", "/"]);
    assert.deepEqual(formOf("http://a.example?b=/c@d"), ["a.example", "/?b=/c@d"]);
    assert.deepEqual(formOf("http://me:secret@a.example//b/../c"), ["a.example", "//b/../c"]);
    assert.deepEqual(formOf("http://[::1]:81/b"), ["[::1]:81", "/b"]);
  });

  it("is nothing else: every other target stays as it came", () => {
    const others = fc.oneof(
      fc.webPath().map((path) => `/${path}`),
      fc.constantFrom("*", "a.example:443", "ftp://a.example/b", "http:/a", "http://a@b@c/d"),
      fc.string().map((text) => `/${text}`),
    );
    fc.assert(fc.property(others, (url) => assert.deepEqual(formOf(url), ["asked.example", url])));
  });

  it("is taken by a function", async () => {
    const server = createFunctionServer({ name: "tested", log, on: [] });
    try {
      await once(server.http.listen(0, "127.0.0.1"), "listening");
      const { port } = server.http.address() as AddressInfo;
      const { status, body } = await ask(port, { path: "http://tested.example/healthz" });
      assert.deepEqual([status, JSON.parse(body)], [200, { status: "ok" }]);
    } finally {
      await server.close();
    }
  });

  it("is taken by the broker, for events and for what people look at", async () => {
    const brokers = await startBrokers(brokerYaml(), "sync");
    try {
      const { port, host } = new URL(brokers.url);
      const shown = await ask(Number(port), { path: `http://${host}/` });
      assert.equal(shown.status, 200);
      assert.ok(Array.isArray(JSON.parse(shown.body).brokers));
      const posted = await ask(Number(port), {
        method: "POST",
        path: `http://${host}/test/default`,
        headers: { "content-type": "application/cloudevents+json" },
        body: JSON.stringify({ specversion: "1.0", id: "1", source: "/t", type: "a" }),
      });
      assert.equal(posted.status, 202, posted.body);
    } finally {
      await brokers.close();
    }
  });

  it("is taken by the simulated Kubernetes API", async () => {
    const cluster = await startCluster({ port: 0 });
    try {
      const { port, host } = new URL(cluster.url);
      const path = `http://${host}/api/v1/namespaces/shop?pretty=1`;
      const { status, body } = await ask(Number(port), { path });
      assert.deepEqual([status, JSON.parse(body).metadata.name], [200, "shop"]);
    } finally {
      await cluster.close();
    }
  });
});
