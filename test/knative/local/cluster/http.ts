import assert from "node:assert/strict";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";

type Options = {
  body?: unknown;
  type?: string;
  token?: string;
  accept?: string;
  headers?: Record<string, string>;
};

/** One request to the cluster's API. */
export async function call(cluster: Cluster, method: string, path: string, options: Options = {}) {
  const { body, type = "application/json", token, accept = "application/json", headers } = options;
  const response = await fetch(`${cluster.url}${path}`, {
    method,
    headers: {
      accept,
      ...headers,
      ...(body === undefined ? {} : { "content-type": type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text.startsWith("{") ? JSON.parse(text) : { text };
  return { code: response.status, body: Object(parsed) };
}

/** Waits for a fact, at most thirty seconds. */
export async function eventually(fact: () => void | Promise<void>): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    try {
      await fact();
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export const strategic = "application/strategic-merge-patch+json";
export const merge = "application/merge-patch+json";
export const podPath = "/api/v1/namespaces/default/pods/application-pod";

/** A resize of `application-pod`. */
export const resize = (resources: object) => ({
  spec: { containers: [{ name: "application", resources }] },
});

export const expectStatus = (
  answer: { code: number; body: { message?: string } },
  code: number,
  message: RegExp,
) => {
  assert.equal(answer.code, code);
  assert.match(answer.body.message ?? "", message);
};
