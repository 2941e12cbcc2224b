import assert from "node:assert/strict";
import fc from "fast-check";
import { isNearHost } from "../../../knative/local/near-host.ts";

describe("a near host", () => {
  for (const host of [
    undefined,
    "",
    "localhost",
    "LOCALHOST:8080",
    "localhost.",
    "127.0.0.1:8082",
    "10.0.2.2",
    "[::1]:8080",
    "devbox:8080",
    "console.vigie.localhost:8081",
    "alert-source.vigie.svc.cluster.local",
    "alert-source.vigie.svc",
    "host.docker.internal:8080",
  ]) {
    it(`is ${host ?? "none at all"}`, () => assert.equal(isNearHost(host), true));
  }

  for (const host of [
    "evil.example.com",
    "evil.example.com:8080",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "127.0.0.1.nip.io:8082",
    "evil.com.:80",
  ]) {
    it(`is not ${host}`, () => assert.equal(isNearHost(host), false));
  }

  it("is no name below a public domain, whatever stands before it", () => {
    fc.assert(fc.property(fc.domain(), (name) => !isNearHost(`${name}.example.com`)));
  });
});
