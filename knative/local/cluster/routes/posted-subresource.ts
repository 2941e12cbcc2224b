import { toTime } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { deleteObject } from "../deletion.ts";
import { refuseDisruption } from "../disruption-budget.ts";
import { at } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { findResource } from "../resources.ts";
import { badRequest, invalid, invalidValue, methodNotAllowed, notFound } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Tokens } from "../tokens.ts";
import { assertBody, readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { ObjectTarget } from "./object-target.ts";
import { assertPreconditions, deleteOptions } from "./remove-object.ts";
import { isDryDeletion } from "./write-options.ts";

type Parts = { store: Store; clock: Clock; tokens: Tokens };

/** The audience that this API takes tokens for, as kubeadm has it. */
const AUDIENCE = "https://kubernetes.default.svc";
const LEAST_TOKEN_SECONDS = 600;
const USUAL_TOKEN_SECONDS = 3600;

export const isPosted = (subresource: string): boolean =>
  subresource === "token" || subresource === "eviction";

/**
 * POST of what is no object: a token is given, a pod evicted.
 * @throws StatusError 400, 404, 405, 422, or 429 when a disruption budget forbids it.
 */
export async function postedSubresource(
  exchange: Exchange,
  target: ObjectTarget,
  parts: Parts,
): Promise<Answer> {
  if (exchange.method !== "POST") throw methodNotAllowed();
  const { resource, namespace, name, subresource } = target;
  const body = await readBody(exchange);
  assertBody(body, subresource === "token" ? "TokenRequest" : "Eviction");
  const object = parts.store.get(resource, namespace, name);
  if (subresource === "token") return token(target, body, object, parts);
  if (at(body, "metadata", "name") !== name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  if (object === undefined) throw notFound(resource, name);
  return evict(exchange, target, body, object, parts);
}

function evict(
  exchange: Exchange,
  { resource }: ObjectTarget,
  body: unknown,
  pod: KubeObject,
  { store, clock }: Parts,
): Answer {
  const asked = at(body, "deleteOptions");
  const options = deleteOptions(asked, exchange.query);
  assertPreconditions(resource, pod, asked);
  refuseDisruption(store, pod);
  if (!isDryDeletion(asked, exchange.query)) deleteObject(store, clock, resource, pod, options);
  return {
    code: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}

function token(
  { resource, namespace, name }: ObjectTarget,
  body: unknown,
  account: KubeObject | undefined,
  { store, clock, tokens }: Parts,
): Answer {
  if (account === undefined) throw notFound(resource, name);
  const asked = at(body, "spec", "audiences");
  const audiences = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : [AUDIENCE];
  const seconds = Number(at(body, "spec", "expirationSeconds") ?? USUAL_TOKEN_SECONDS);
  if (!(seconds >= LEAST_TOKEN_SECONDS)) {
    const kind = { group: "authentication.k8s.io", plural: "tokenrequests", kind: "TokenRequest" };
    const why = "may not specify a duration less than 10 minutes";
    throw invalid(kind, "", [invalidValue("spec.expirationSeconds", seconds, why)]);
  }
  const bound = at(body, "spec", "boundObjectRef") ?? null;
  if (bound !== null) assertBound(store, namespace, bound);
  const nowMs = clock.nowMs();
  return {
    code: 201,
    body: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {
        name,
        namespace,
        uid: account.metadata.uid,
        creationTimestamp: toTime(nowMs),
      },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: bound },
      status: {
        token: audiences.includes(AUDIENCE) ? tokens.of(namespace, name) : tokens.forOthers(),
        expirationTimestamp: toTime(nowMs + seconds * 1000),
      },
    },
  };
}

/** @throws StatusError 404 when what a token is to end with is not there. */
function assertBound(store: Store, namespace: string, bound: unknown): void {
  const plural = `${String(at(bound, "kind")).toLowerCase()}s`;
  const resource = findResource("", "v1", plural);
  const name = String(at(bound, "name"));
  const home = resource?.namespaced === false ? undefined : namespace;
  if (resource === undefined || store.get(resource, home, name) === undefined) {
    throw notFound({ group: "", plural, kind: plural }, name);
  }
}
