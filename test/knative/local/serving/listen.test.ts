import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { listenOnLoopback, PortTakenError } from "../../../../knative/local/serving/listen.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe("listening on localhost by both its addresses", () => {
  let servers: Server[];
  const server = (): Server => {
    const one = createServer();
    servers.push(one);
    return one;
  };
  beforeEach(function () {
    if (!hasIpv6) this.skip();
    servers = [];
  });
  afterEach(() => {
    for (const one of servers) one.close();
  });

  it("takes a port that is free on both when any will do", async () => {
    const [first, second, somebody] = [server(), server(), server()];
    // Who is first at ::1 whenever 127.0.0.1 has one for the first time.
    first.once("listening", () => somebody.listen(portOf(first), "::1"));
    const port = await listenOnLoopback(first, second, 0);
    assert.notEqual(portOf(somebody), port);
    assert.deepEqual([portOf(first), portOf(second)], [port, port]);
  });

  it("holds neither when the one that is asked for is taken on ::1", async () => {
    const [first, second, somebody] = [server(), server(), server()];
    somebody.listen(0, "::1");
    await once(somebody, "listening");
    await assert.rejects(listenOnLoopback(first, second, portOf(somebody)), PortTakenError);
    assert.deepEqual([first.listening, second.listening], [false, false]);
  });
});
