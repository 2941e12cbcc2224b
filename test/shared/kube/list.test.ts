import assert from "node:assert/strict";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { listMetadata } from "../../../shared/kube/list.ts";

const expired = new KubeError({ httpStatus: 410, reason: "Expired", message: "too old" });

/** Lists `names` in pages; each request may change the collection or expire first. */
function createFakeApi(names: string[], before: (request: number) => "expire" | void = () => {}) {
  const requests: KubeRequest[] = [];
  const kube: KubeClient = {
    namespace: "vigie",
    request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      if (before(requests.length) === "expire") {
        return Promise.reject(expired);
      }
      const start = Number(request.query?.["continue"] ?? 0);
      const end = start + Number(request.query?.["limit"]);
      const items = names.slice(start, end).map((path) => {
        const [namespace = "", name = ""] = path.split("/");
        return request.pick?.({ metadata: { namespace, name, uid: path } });
      });
      const metadata = end < names.length ? { continue: String(end) } : {};
      return Promise.resolve({ metadata, items } as T);
    },
    close: () => Promise.resolve(),
  };
  return { kube, requests };
}

async function collect(kube: KubeClient, onRestart?: () => void): Promise<string[]> {
  const found: string[] = [];
  const options = { path: "/api/v1/pods", pageSize: 2, ...(onRestart ? { onRestart } : {}) };
  for await (const page of listMetadata(kube, options)) found.push(...page.map(({ uid }) => uid));
  return found;
}

const PODS = ["a/1", "a/2", "b/1", "b/2", "c/1"];

describe("listMetadata", () => {
  it("follows the pages to the end", async () => {
    const { kube, requests } = createFakeApi(PODS);
    assert.deepEqual(await collect(kube), PODS);
    assert.deepEqual(
      requests.map(({ query }) => query),
      [{ limit: "2" }, { limit: "2", continue: "2" }, { limit: "2", continue: "4" }],
    );
  });

  it("asks for metadata only", async () => {
    const { kube, requests } = createFakeApi(PODS);
    await collect(kube);
    assert.match(requests[0]?.accept ?? "", /as=PartialObjectMetadataList;g=meta\.k8s\.io;v=v1/);
  });

  it("starts again when the list has expired, and yields each object once", async () => {
    const names = [...PODS];
    const { kube } = createFakeApi(names, (request) => {
      if (request !== 3) return;
      // Meanwhile one that was yielded is gone and one has come where the list still goes.
      names.splice(names.indexOf("a/2"), 1);
      names.push("d/1");
      return "expire";
    });
    let restarts = 0;
    assert.deepEqual(await collect(kube, () => (restarts += 1)), [...PODS, "d/1"]);
    assert.equal(restarts, 1);
  });

  it("gives up when the list expires again and again", async () => {
    const { kube } = createFakeApi(PODS, (request) => (request % 2 === 0 ? "expire" : undefined));
    await assert.rejects(collect(kube), { code: "LIST_EXPIRED", status: 503 });
  });

  it("does not start again on a server that keeps no order: objects would be lost", async () => {
    const { kube } = createFakeApi(["b/1", "a/1", "c/1"], (request) =>
      request === 2 ? "expire" : undefined,
    );
    await assert.rejects(collect(kube), { code: "LIST_EXPIRED" });
  });

  it("passes other errors on", async () => {
    const { kube } = createFakeApi(PODS);
    const broken = { ...kube, request: () => Promise.reject(new Error("no")) };
    await assert.rejects(collect(broken), /no/);
  });
});
