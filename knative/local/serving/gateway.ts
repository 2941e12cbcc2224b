import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { toOriginForm } from "../../../shared/request-target.ts";
import { createServer } from "../node-http.ts";
import type { Activator } from "./activator.ts";
import { answerJson, forward } from "./forward.ts";
import { MAX_HEADER_BYTES } from "./listen.ts";
import { type Route, routeOf } from "./route.ts";
import { forwardUpgrade, refuseUpgrade } from "./upgrade.ts";

export type GatewayOptions = {
  find(route: Route): Activator | undefined;
  /** Host names without the port, for those who have mistyped one. */
  hosts(): string[];
};

const LIMITS = { maxHeaderSize: MAX_HEADER_BYTES };

/** Routes by the host that is asked for, as Kourier does on a cluster. Not yet listening. */
export function createGateway(options: GatewayOptions): Server {
  const server = createServer(LIMITS, (incoming, outgoing) => {
    toOriginForm(incoming);
    const activator = findVisible(options, incoming);
    if (activator !== null) void forward(activator, incoming, outgoing);
    else answerJson(outgoing, 404, unknownHost(options, incoming));
  });
  server.on("upgrade", (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    toOriginForm(incoming);
    const activator = findVisible(options, incoming);
    if (activator !== null) void forwardUpgrade(activator, incoming, client, head);
    else refuseUpgrade(client, 404, unknownHost(options, incoming).message);
  });
  // A long upload, and a stream that takes its time, are limited by the service's own timeoutSeconds.
  server.requestTimeout = 0;
  return server;
}

/** A door to one service whatever the Host header says: for sinks named by reference. */
export function createServiceDoor(find: () => Activator | undefined): Server {
  return createServer(LIMITS, (incoming: IncomingMessage, outgoing: ServerResponse) => {
    toOriginForm(incoming);
    const activator = find();
    if (activator !== undefined) void forward(activator, incoming, outgoing);
    else
      answerJson(outgoing, 404, { code: "UNKNOWN_SERVICE", message: "there is no such service" });
  });
}

function findVisible(options: GatewayOptions, incoming: IncomingMessage): Activator | null {
  const route = routeOf(incoming.headers.host);
  const activator = route === null ? undefined : options.find(route);
  return activator === undefined || activator.revision.clusterLocal ? null : activator;
}

function unknownHost(options: GatewayOptions, { headers }: IncomingMessage) {
  const host = JSON.stringify((headers.host ?? "").slice(0, 200));
  const known = options.hosts().join(", ");
  return { code: "UNKNOWN_HOST", message: `no service at host ${host}; there are: ${known}` };
}
