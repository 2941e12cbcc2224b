import { z } from "zod";
import type { Login } from "../../../shared/kube/login.ts";
import type { ApiServerSource } from "../manifests/api-server-source.ts";
import type { Collection } from "./collections.ts";
import { postJson } from "./kube-watch.ts";

/** Of an ApiServerSource: the watch begins unasked, and fails where it may not. */
const SKIP = "features.knative.dev/apiserversource-skip-permissions-check";
const PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * Knative starts no watch for an account that may not `get` too, although the watch does without it
 * (`E:pkg/reconciler/apiserversource: runAccessCheck`). @throws Error that says so
 */
export async function assertMayGet(
  login: Login,
  { annotations, namespace: own, serviceAccount }: ApiServerSource,
  collections: readonly Collection[],
  signal: AbortSignal,
): Promise<void> {
  if (annotations[SKIP] === "true") return;
  for (const { group, plural, namespace } of collections) {
    const resourceAttributes = { verb: "get", group, resource: plural, namespace: namespace ?? "" };
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    };
    const { status } = Review.parse(await postJson(login, PATH, review, signal));
    if (status.allowed) continue;
    const where = namespace === null ? "" : ` in the namespace ${namespace}`;
    throw new Error(
      `system:serviceaccount:${own}:${serviceAccount} cannot get ${plural} in the API group "${group}"${where}: ` +
        `list and watch are not enough for Knative`,
    );
  }
}
