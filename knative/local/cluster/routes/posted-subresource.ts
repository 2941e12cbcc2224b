import type { Clock } from "../clock.ts";
import { deleteObject } from "../deletion.ts";
import { refuseDisruption } from "../disruption-budget.ts";
import { at } from "../kube-object.ts";
import { methodNotAllowed, notFound } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Tokens } from "../tokens.ts";
import { readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { ObjectTarget } from "./object-target.ts";
import { deleteOptions } from "./remove-object.ts";
import { isDryDeletion } from "./write-options.ts";

export const isPosted = (subresource: string): boolean =>
  subresource === "token" || subresource === "eviction";

/**
 * POST of what is no object: a token is given, a pod evicted.
 * @throws StatusError 404, 405, or 429 when a disruption budget forbids it.
 */
export async function postedSubresource(
  exchange: Exchange,
  { resource, namespace, name, subresource }: ObjectTarget,
  { store, clock, tokens }: { store: Store; clock: Clock; tokens: Tokens },
): Promise<Answer> {
  if (exchange.method !== "POST") throw methodNotAllowed();
  const body = await readBody(exchange);
  const object = store.get(resource, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  if (subresource === "eviction") {
    const asked = at(body, "deleteOptions");
    const options = deleteOptions(asked, exchange.query);
    const isDry = isDryDeletion(asked, exchange.query);
    refuseDisruption(store, object);
    if (!isDry) deleteObject(store, clock, resource, object, options);
    return {
      code: 201,
      body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" },
    };
  }
  return {
    code: 201,
    body: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace },
      status: {
        token: tokens.of(namespace, name),
        expirationTimestamp: "9999-12-31T23:59:59Z",
      },
    },
  };
}
