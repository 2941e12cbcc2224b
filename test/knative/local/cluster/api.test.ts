import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, eventually, expectStatus, merge, podPath, resize, strategic } from "./http.ts";

const pods = "/api/v1/namespaces/default/pods";
const configMaps = "/api/v1/namespaces/default/configmaps";

describe("the simulated Kubernetes API", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster({ port: 0 });
  });
  afterEach(() => cluster.close());

  it("says that its port is taken", async () => {
    const port = Number(new URL(cluster.url).port);
    await assert.rejects(startCluster({ port }), { code: "EADDRINUSE" });
  });

  it("offers pods/resize in its discovery", async () => {
    const { body } = await call(cluster, "GET", "/api/v1");
    const names = body.resources.map((entry: { name: string }) => entry.name);
    assert.ok(names.includes("pods/resize"));
  });

  it("is ready to whoever asks, in whatever way, and takes HEAD for nothing else", async () => {
    const code = async (method: string, path: string) => (await call(cluster, method, path)).code;
    assert.equal(await code("HEAD", "/readyz"), 200);
    assert.equal(await code("HEAD", "/version"), 405);
    assert.equal(await code("HEAD", podPath), 405);
    const { body } = await call(cluster, "GET", "/readyz?verbose");
    assert.match(body.text, /\nreadyz check passed\n$/);
  });

  it("keeps the resourceVersion of a patch that changes nothing", async () => {
    const patch = { body: { metadata: { labels: { "vigie.dev/load": "high" } } }, type: merge };
    const first = await call(cluster, "PATCH", podPath, patch);
    const second = await call(cluster, "PATCH", podPath, patch);
    assert.equal(first.body.metadata.labels["vigie.dev/load"], "high");
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  });

  it("answers 409 to a stale resourceVersion, 422 to another uid, 415 to another media type", async () => {
    const stale = { metadata: { resourceVersion: "1", labels: { a: "b" } } };
    expectStatus(
      await call(cluster, "PATCH", podPath, { body: stale, type: merge }),
      409,
      /the object has been modified/,
    );
    const other = { metadata: { uid: "nope" } };
    expectStatus(
      await call(cluster, "PATCH", podPath, { body: other, type: merge }),
      422,
      /field is immutable/,
    );
    expectStatus(await call(cluster, "PATCH", podPath, { body: {} }), 415, /unknown format/);
    const trigger = "/apis/eventing.knative.dev/v1/namespaces/vigie/triggers/x";
    expectStatus(
      await call(cluster, "PATCH", trigger, { body: {}, type: strategic }),
      415,
      /unknown format/,
    );
  });

  it("answers 422 with a cause to labels and names outside the grammar", async () => {
    const bad = { metadata: { labels: { "a b": "c" } } };
    const answer = await call(cluster, "PATCH", podPath, { body: bad, type: merge });
    expectStatus(answer, 422, /metadata.labels: Invalid value: "a b"/);
    const named = { metadata: { name: "x; rm -rf /" } };
    expectStatus(await call(cluster, "POST", configMaps, { body: named }), 422, /RFC 1123/);
  });

  it("answers a Status to hostile input and goes on", async () => {
    expectStatus(
      await call(cluster, "POST", configMaps, { body: "{no json" }),
      400,
      /unrecognized/,
    );
    const polluted = '{"metadata":{"name":"x"},"data":{"__proto__":"1"}}';
    expectStatus(await call(cluster, "POST", configMaps, { body: polluted }), 400, /__proto__/);
    expectStatus(
      await call(cluster, "POST", configMaps, { body: "[".repeat(50_000) + "]".repeat(50_000) }),
      400,
      /nested/,
    );
    expectStatus(await call(cluster, "GET", `${pods}/..%2f..%2fsecrets`), 400, /path segment/);
    expectStatus(
      await call(cluster, "GET", `${pods}/constructor`),
      404,
      /pods "constructor" not found/,
    );
    expectStatus(await call(cluster, "GET", "/api/v1/widgets"), 404, /could not find/);
    expectStatus(await call(cluster, "GET", `${podPath}/log`), 501, /no real containers/);
    expectStatus(
      await call(cluster, "POST", pods, {
        body: { metadata: { name: "y" }, spec: { containers: "no" } },
      }),
      400,
      /spec.containers/,
    );
    assert.equal((await call(cluster, "GET", podPath)).code, 200);
  });

  it("answers 409 AlreadyExists, and creates nothing in a dry run", async () => {
    const body = { metadata: { name: "once" } };
    assert.equal((await call(cluster, "POST", `${configMaps}?dryRun=All`, { body })).code, 201);
    assert.equal((await call(cluster, "GET", `${configMaps}/once`)).code, 404);
    assert.equal((await call(cluster, "POST", configMaps, { body })).code, 201);
    expectStatus(
      await call(cluster, "POST", configMaps, { body }),
      409,
      /configmaps "once" already exists/,
    );
  });

  it("deletes and evicts nothing in a dry run, which kubectl asks for in the body alone", async () => {
    const options = { apiVersion: "v1", kind: "DeleteOptions", dryRun: ["All"] };
    const metadata = { name: "application-pod" };
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata };
    const dry = [
      await call(cluster, "DELETE", podPath, { body: options }),
      await call(cluster, "DELETE", `${podPath}?dryRun=All`),
      await call(cluster, "DELETE", pods, { body: options }),
      await call(cluster, "POST", `${podPath}/eviction`, {
        body: { ...eviction, deleteOptions: options },
      }),
      await call(cluster, "POST", `${podPath}/eviction?dryRun=All`, { body: eviction }),
    ];
    assert.deepEqual(
      dry.map(({ code }) => code),
      [200, 200, 200, 201, 201],
    );
    expectStatus(
      await call(cluster, "DELETE", podPath, { body: { ...options, dryRun: ["Some"] } }),
      422,
      /dryRun: Unsupported value/,
    );
    const { code, body } = await call(cluster, "GET", podPath);
    assert.equal(code, 200);
    assert.equal(body.metadata.deletionTimestamp, undefined);
  });

  it("lists every object once over pages, and 410 after a compaction", async () => {
    const seen: string[] = [];
    const left: unknown[] = [];
    let token = "";
    do {
      const page = await call(cluster, "GET", `/api/v1/pods?limit=4&continue=${token}`);
      seen.push(...page.body.items.map((item: { metadata: { uid: string } }) => item.metadata.uid));
      token = page.body.metadata.continue ?? "";
      left.push(page.body.metadata.remainingItemCount);
    } while (token !== "");
    const all = await call(cluster, "GET", "/api/v1/pods");
    assert.deepEqual(
      seen,
      all.body.items.map((item: { metadata: { uid: string } }) => item.metadata.uid),
    );
    assert.deepEqual(
      left,
      left.map((_, page) => (page + 1 < left.length ? seen.length - 4 * (page + 1) : undefined)),
    );
    const page = await call(cluster, "GET", "/api/v1/pods?limit=1");
    await call(cluster, "PATCH", podPath, {
      body: { metadata: { labels: { a: "b" } } },
      type: merge,
    });
    cluster.compact();
    const late = await call(
      cluster,
      "GET",
      `/api/v1/pods?limit=1&continue=${page.body.metadata.continue}`,
    );
    expectStatus(late, 410, /too old/);
  });

  it("drops labels from a resize, actuates it without a restart and says so in events", async () => {
    const body = { ...resize({ limits: { cpu: "2000m" } }), metadata: { labels: { sneaky: "1" } } };
    const { body: answer } = await call(cluster, "PATCH", `${podPath}/resize`, {
      body,
      type: strategic,
    });
    assert.equal(answer.metadata.labels.sneaky, undefined);
    assert.equal(answer.spec.containers[0].resources.limits.cpu, "2");
    await eventually(async () => {
      const { body: pod } = await call(cluster, "GET", podPath);
      assert.equal(pod.status.containerStatuses[0].resources.limits.cpu, "2");
      assert.equal(pod.status.observedGeneration, answer.metadata.generation);
      assert.equal(pod.status.containerStatuses[0].restartCount, 0);
      assert.ok(!JSON.stringify(pod.status.conditions).includes("PodResize"));
    });
    await eventually(async () => {
      const events = await call(
        cluster,
        "GET",
        `/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=regarding.uid=${answer.metadata.uid}`,
      );
      const reasons = events.body.items.map((event: { reason: string }) => event.reason);
      assert.deepEqual(reasons.toSorted(), ["ResizeCompleted", "ResizeStarted"]);
    });
  });

  it("marks as Infeasible what no node of this size can give, and recovers when it is taken back", async () => {
    const big = resize({ requests: { cpu: "9" }, limits: { cpu: "9" } });
    await call(cluster, "PATCH", `${podPath}/resize`, { body: big, type: strategic });
    await eventually(async () => {
      const { body: pod } = await call(cluster, "GET", podPath);
      const pending = pod.status.conditions.find(
        (entry: { type: string }) => entry.type === "PodResizePending",
      );
      assert.equal(pending.reason, "Infeasible");
      assert.equal(
        pending.message,
        "Node didn't have enough capacity: cpu, requested: 9000, capacity: 3900",
      );
      assert.equal(pending.observedGeneration, pod.metadata.generation);
    });
    const back = resize({ requests: { cpu: "250m" }, limits: { cpu: "500m" } });
    await call(cluster, "PATCH", `${podPath}/resize`, { body: back, type: strategic });
    await eventually(async () => {
      const { body: pod } = await call(cluster, "GET", podPath);
      assert.ok(!JSON.stringify(pod.status.conditions).includes("PodResize"));
    });
  });

  it("refuses resources in a plain pod patch and a merge patch that drops them on /resize", async () => {
    const body = resize({ limits: { cpu: "2" } });
    expectStatus(
      await call(cluster, "PATCH", podPath, { body, type: strategic }),
      422,
      /pod updates may not change fields/,
    );
    expectStatus(
      await call(cluster, "PATCH", `${podPath}/resize`, { body, type: merge }),
      422,
      /cannot be removed/,
    );
  });

  it("honours LimitRange and ResourceQuota on a resize", async () => {
    cluster.apply([
      {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "l", namespace: "default" },
        spec: { limits: [{ type: "Container", max: { cpu: "2" } }] },
      },
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "q", namespace: "default" },
        spec: { hard: { "requests.cpu": "1100m" } },
      },
    ]);
    const over = { body: resize({ limits: { cpu: "4" } }), type: strategic };
    expectStatus(
      await call(cluster, "PATCH", `${podPath}/resize`, over),
      403,
      /maximum cpu usage per Container is 2, but limit is 4/,
    );
    const quota = {
      body: resize({ requests: { cpu: "1900m" }, limits: { cpu: "2" } }),
      type: strategic,
    };
    expectStatus(
      await call(cluster, "PATCH", `${podPath}/resize`, quota),
      403,
      /exceeded quota: q, requested: requests.cpu=1650m/,
    );
  });

  it("enforces roles for service accounts, in the real words", async () => {
    const meta = { name: "r", namespace: "default" };
    const rbac = "rbac.authorization.k8s.io";
    cluster.apply([
      {
        apiVersion: `${rbac}/v1`,
        kind: "Role",
        metadata: meta,
        rules: [
          {
            apiGroups: [""],
            resources: ["pods"],
            resourceNames: ["application-pod"],
            verbs: ["get", "patch"],
          },
        ],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata: meta,
        roleRef: { apiGroup: rbac, kind: "Role", name: "r" },
        subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "vigie" }],
      },
    ]);
    const token = cluster.tokenFor("vigie", "bot");
    assert.equal((await call(cluster, "GET", podPath, { token })).code, 200);
    const body = resize({ limits: { cpu: "2" } });
    expectStatus(
      await call(cluster, "PATCH", `${podPath}/resize`, { body, type: strategic, token }),
      403,
      /^pods "application-pod" is forbidden: User "system:serviceaccount:vigie:bot" cannot patch resource "pods\/resize" in API group "" in the namespace "default"$/,
    );
    expectStatus(
      await call(cluster, "GET", pods, { token }),
      403,
      /^pods is forbidden: .* cannot list resource "pods"/,
    );
    expectStatus(
      await call(cluster, "GET", "/api/v1/nodes", { token }),
      403,
      /at the cluster scope$/,
    );
    expectStatus(await call(cluster, "GET", podPath, { token: "made-up" }), 401, /Unauthorized/);
  });

  it("lets only those take another's part who may, and says groups without a user are a mistake", async () => {
    const headers = { "impersonate-user": "system:serviceaccount:vigie:other" };
    const token = cluster.tokenFor("vigie", "nobody");
    expectStatus(
      await call(cluster, "GET", podPath, { token, headers }),
      403,
      /^serviceaccounts "other" is forbidden: .* cannot impersonate resource "serviceaccounts" .* in the namespace "vigie"$/,
    );
    expectStatus(
      await call(cluster, "GET", podPath, { headers }),
      403,
      /cannot get resource "pods"/,
    );
    const alone = { "impersonate-group": "system:masters" };
    expectStatus(
      await call(cluster, "GET", podPath, { headers: alone }),
      400,
      /^requested groups system:masters without impersonating a user$/,
    );
  });

  it("streams changes from a resourceVersion, and an ERROR 410 from one that is forgotten", async () => {
    const { body: list } = await call(cluster, "GET", pods);
    const from = list.metadata.resourceVersion;
    await call(cluster, "PATCH", podPath, {
      body: { metadata: { labels: { hot: "1" } } },
      type: merge,
    });
    await call(cluster, "PATCH", podPath, {
      body: { metadata: { labels: { hot: null } } },
      type: merge,
    });
    const watch = async (query: string): Promise<{ type: string; object: { code?: number } }[]> => {
      const answer = await fetch(`${cluster.url}${pods}?watch=1&${query}`, {
        signal: AbortSignal.timeout(30_000),
      });
      const text = await answer.text();
      return text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    const selected = await watch(`labelSelector=hot&resourceVersion=${from}&timeoutSeconds=0`);
    assert.deepEqual(
      selected.map(({ type }) => type),
      ["ADDED", "DELETED"],
    );
    cluster.compact();
    const old = await watch(`resourceVersion=${from}`);
    assert.deepEqual(
      old.map(({ type, object }) => [type, object.code]),
      [["ERROR", 410]],
    );
  });

  it("replaces a deleted pod and follows a scale", async () => {
    const scale = "/apis/apps/v1/namespaces/shop/deployments/checkout/scale";
    const selected = "/api/v1/namespaces/shop/pods?labelSelector=app=checkout";
    const [first] = (await call(cluster, "GET", selected)).body.items;
    await call(cluster, "DELETE", `/api/v1/namespaces/shop/pods/${first.metadata.name}`);
    await call(cluster, "PATCH", scale, { body: { spec: { replicas: 3 } }, type: merge });
    await eventually(async () => {
      const { items } = (await call(cluster, "GET", selected)).body;
      assert.equal(items.length, 3);
      assert.ok(
        items.every((pod: { status: { phase: string } }) => pod.status.phase === "Running"),
      );
      assert.ok(
        items.every(
          (pod: { metadata: { uid: string } }) => pod.metadata.uid !== first.metadata.uid,
        ),
      );
    });
  });

  it("takes the pods of a node away with it, and starts others elsewhere", async () => {
    const { nodeName } = (await call(cluster, "GET", podPath)).body.spec;
    assert.equal((await call(cluster, "DELETE", `/api/v1/nodes/${nodeName}`)).code, 200);
    const left = await call(cluster, "GET", `/api/v1/pods?fieldSelector=spec.nodeName=${nodeName}`);
    assert.deepEqual(left.body.items, []);
    await eventually(async () => {
      const path = "/apis/apps/v1/namespaces/default/deployments/depfog";
      const { replicas, readyReplicas } = (await call(cluster, "GET", path)).body.status;
      assert.deepEqual([replicas, readyReplicas], [2, 2]);
    });
  });

  it("writes a kubeconfig that the JavaScript client takes: http needs its flag", () => {
    const { clusters } = JSON.parse(cluster.kubeconfig()) as { clusters: { cluster: object }[] };
    const [given] = clusters.map((each) => each.cluster);
    assert.deepEqual(given, { server: cluster.url, "insecure-skip-tls-verify": true });
  });

  it("refuses whoever asks for a host of the internet", async () => {
    const asked = request(`${cluster.url}/api/v1/pods`, { headers: { host: "rebound.example" } });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const { kind, reason } = (await json(answer)) as { kind: string; reason: string };
    assert.deepEqual([answer.statusCode, kind, reason], [403, "Status", "Forbidden"]);
  });

  it("skips kinds it does not serve and names them", () => {
    const { skipped, created } = cluster.apply([
      { apiVersion: "example.dev/v1", kind: "Widget", metadata: { name: "c" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "new" } },
    ]);
    assert.deepEqual(skipped, ["example.dev/v1/Widget c"]);
    assert.equal(created, 1);
  });
});
