import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod/mini";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { createJournal } from "../../../shared/kube/journal.ts";
import { createConfigMapStore, createMemoryStore } from "../../../shared/kube/journal-store.ts";
import type { RingRules } from "../../../shared/kube/ring.ts";

const Entry = z.object({ key: z.string(), at: z.number(), marks: z.array(z.string()) });
type Entry = z.infer<typeof Entry>;

const rules: RingRules<Entry> = {
  keyOf: ({ key }) => key,
  orderOf: ({ at }) => at,
  merge: (left, right) => ({
    ...left,
    marks: [...new Set([...left.marks, ...right.marks])].toSorted(),
  }),
  maxEntries: 100,
  maxBytes: 100_000,
};

const entry = (key: string, at = Number(key), marks: string[] = []): Entry => ({ key, at, marks });

const warnings: object[] = [];
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object) => void warnings.push(fields),
  error: () => undefined,
};

const failWith = (httpStatus: number): KubeError =>
  new KubeError({ httpStatus, reason: "Test", message: `the API answered ${httpStatus}` });

/** One ConfigMap with the optimistic concurrency of the real API, each answer a turn later. */
function createFakeApi(data?: Record<string, string>) {
  const state = {
    data,
    version: 1,
    requests: [] as KubeRequest[],
    /** Statuses to fail the next requests with. */
    failures: [] as number[],
    isLost: false,
  };
  const kube: KubeClient = {
    namespace: "vigie",
    async request<T>(request: KubeRequest): Promise<T> {
      state.requests.push(request);
      await new Promise((resolve) => setImmediate(resolve));
      const failure = state.failures.shift();
      if (failure !== undefined) throw failWith(failure);
      if (request.method === "PATCH") {
        const body = request.body as { metadata: { resourceVersion: string }; data: object };
        if (body.metadata.resourceVersion !== String(state.version)) throw failWith(409);
        state.version += 1;
        state.data = { ...state.data, ...body.data };
        if (state.isLost) throw failWith(504);
      }
      return {
        metadata: { resourceVersion: String(state.version) },
        ...(state.data === undefined ? {} : { data: state.data }),
      } as T;
    },
    close: () => Promise.resolve(),
  };
  const open = () =>
    createJournal({ store: createConfigMapStore(kube, "numbers"), schema: Entry, rules, log });
  const patches = () => state.requests.filter(({ method }) => method === "PATCH").length;
  return { state, open, patches };
}

describe("journal in a ConfigMap", () => {
  it("has stored an entry when add resolves, and another process reads it", async () => {
    const api = createFakeApi();
    assert.deepEqual(await api.open().add(entry("1")), entry("1"));
    const { entries } = await api.open().read();
    assert.deepEqual(entries, [entry("1")]);
  });

  it("touches one object only, with get and a merge patch guarded by resourceVersion", async () => {
    const api = createFakeApi();
    await api.open().add(entry("1"));
    assert.deepEqual(
      api.state.requests.map(({ method, path }) => `${method} ${path}`),
      [
        "GET /api/v1/namespaces/vigie/configmaps/numbers",
        "PATCH /api/v1/namespaces/vigie/configmaps/numbers",
      ],
    );
    assert.equal(api.state.requests[1]?.contentType, "application/merge-patch+json");
  });

  it("writes entries that come together at once", async () => {
    const api = createFakeApi();
    const journal = api.open();
    await Promise.all(Array.from({ length: 50 }, (_, index) => journal.add(entry(`${index}`))));
    assert.ok(api.patches() <= 2, `${api.patches()} patches`);
    assert.equal((await journal.read()).entries.length, 50);
  });

  it("waits for what shares the first write, when it is told how long", async () => {
    const store = createMemoryStore();
    const texts: string[] = [];
    const counted: typeof store = {
      ...store,
      isDurable: true,
      write(text, version) {
        texts.push(text);
        return store.write(text, version);
      },
    };
    const journal = createJournal({ store: counted, schema: Entry, rules, log, gatherMs: 50 });
    await Promise.all([journal.add(entry("first")), journal.add(entry("second"))]);
    assert.equal(texts.length, 1);
    assert.equal((await journal.read()).entries.length, 2);
  });

  it("rests between writes in a storm, and what comes meanwhile shares the next", async () => {
    const store = createMemoryStore();
    const writes: { startedMs: number; endedMs: number }[] = [];
    const slow: typeof store = {
      ...store,
      async write(text, version) {
        const startedMs = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 4));
        const written = await store.write(text, version);
        writes.push({ startedMs, endedMs: performance.now() });
        return written;
      },
    };
    const journal = createJournal({ store: slow, schema: Entry, rules, log });
    const adds: Promise<unknown>[] = [];
    // More than fit into one rest, however long each of them takes.
    while (adds.length < 150) {
      adds.push(journal.add(entry(String(adds.length))));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(adds);
    // At rest nine times as long as at work, 0.1 s at most. A timer may be a millisecond early.
    for (const [index, before] of writes.slice(0, -1).entries()) {
      const restMs = (writes[index + 1]?.startedMs ?? 0) - before.endedMs;
      const leastMs = Math.min(100, 9 * (before.endedMs - before.startedMs));
      assert.ok(restMs >= leastMs - 2, `${restMs} ms at rest instead of ${leastMs}`);
    }
    assert.ok(writes.length < adds.length, `${writes.length} writes for ${adds.length} entries`);
    const newest = String(adds.length - 1);
    assert.equal((await journal.read()).entries[0]?.key, newest);
  });

  it("does not write what it knows already", async () => {
    const api = createFakeApi();
    const journal = api.open();
    await journal.add(entry("1"));
    await journal.add(entry("1"));
    assert.equal(api.patches(), 1);
  });

  it("answers the merged entry", async () => {
    const journal = createFakeApi().open();
    await journal.add(entry("1", 1, ["a"]));
    assert.deepEqual(await journal.add(entry("1", 1, ["b"])), entry("1", 1, ["a", "b"]));
  });

  it("answers null for what is older than everything kept", async () => {
    const journal = createFakeApi().open();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => journal.add(entry(`${index + 10}`))),
    );
    assert.equal(await journal.add(entry("1")), null);
  });

  it("loses nothing when several processes write at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ writer: fc.nat(2), key: fc.nat(30) }), { maxLength: 40 }),
        async (adds) => {
          const api = createFakeApi();
          const journals = [api.open(), api.open(), api.open()];
          await Promise.all(
            adds.map(({ writer, key }) =>
              journals[writer]!.add(entry(`${key}`, key, [`writer-${writer}`])),
            ),
          );
          const { entries } = await api.open().read();
          const marks = new Set(
            entries.flatMap(({ key, marks: writers }) => writers.map((each) => `${key} ${each}`)),
          );
          assert.deepEqual(
            marks,
            new Set(
              adds
                .toSorted((a, b) => b.key - a.key)
                .map(({ writer, key }) => `${key} writer-${writer}`),
            ),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it("fails the add when the write fails, and takes the same entry afterwards", async () => {
    const api = createFakeApi();
    const journal = api.open();
    await journal.read();
    api.state.failures.push(503);
    await assert.rejects(journal.add(entry("1")), { code: "KUBE_UNAVAILABLE" });
    assert.deepEqual(await journal.add(entry("1")), entry("1"));
  });

  it("takes an entry again whose write was done but whose answer was lost", async () => {
    const api = createFakeApi();
    const journal = api.open();
    api.state.isLost = true;
    await assert.rejects(journal.add(entry("1", 1, ["a"])));
    api.state.isLost = false;
    assert.deepEqual(await journal.add(entry("1", 1, ["a"])), entry("1", 1, ["a"]));
    assert.equal((await journal.read()).entries.length, 1);
  });

  it("gives up with JOURNAL_BUSY when others win every time", async () => {
    const api = createFakeApi();
    const journal = api.open();
    // A read succeeds each time, the write after it never.
    const kube: KubeClient = {
      namespace: "vigie",
      request: <T>({ method }: KubeRequest): Promise<T> =>
        method === "PATCH"
          ? Promise.reject(failWith(409))
          : Promise.resolve({ metadata: { resourceVersion: "1" } } as T),
      close: () => Promise.resolve(),
    };
    const store = createConfigMapStore(kube, "numbers");
    const busy = createJournal({ store, schema: Entry, rules, log });
    await assert.rejects(busy.add(entry("1")), { code: "JOURNAL_BUSY", status: 503 });
    assert.deepEqual((await journal.read()).entries, []);
  }).timeout(8_000);

  it("names the ConfigMap that is missing", async () => {
    const api = createFakeApi();
    api.state.failures.push(404);
    await assert.rejects(api.open().read(), {
      code: "JOURNAL_MISSING",
      status: 503,
      message: /vigie\/numbers/,
    });
  });

  it("keeps a text that it cannot read as it is", async () => {
    const api = createFakeApi({ "entries.json": "{oops" });
    await assert.rejects(api.open().add(entry("1")), { code: "JOURNAL_UNREADABLE" });
    assert.deepEqual(api.state.data, { "entries.json": "{oops" });
  });

  it("skips an entry of another shape, and says so", async () => {
    const text = JSON.stringify([entry("1"), { key: 2 }]);
    const before = warnings.length;
    const { entries } = await createFakeApi({ "entries.json": text }).open().read();
    assert.deepEqual(entries, [entry("1")]);
    assert.deepEqual(warnings.slice(before), [{ unreadable: 1 }]);
  });

  it("refuses a name that is not one", () => {
    const { kube } = { kube: { namespace: "vigie" } as KubeClient };
    assert.throws(() => createConfigMapStore(kube, "../secrets/x"), { code: "INVALID_NAME" });
  });

  it("tells listeners what changed, once it is stored", async () => {
    const api = createFakeApi();
    const journal = api.open();
    await journal.add(entry("1"));
    const heard: { keys: string[]; stored: string | undefined }[] = [];
    const stop = journal.onChange((changed) =>
      heard.push({
        keys: changed.map(({ key }) => key),
        stored: api.state.data?.["entries.json"],
      }),
    );
    await journal.add(entry("2"));
    stop();
    await journal.add(entry("3"));
    assert.deepEqual(
      heard.map(({ keys }) => keys),
      [["2"]],
    );
    assert.match(heard[0]?.stored ?? "", /"key":"2"/);
  });
});

describe("journal in memory", () => {
  it("says that it is not durable, and works the same", async () => {
    const journal = createJournal({ store: createMemoryStore(), schema: Entry, rules, log });
    await Promise.all([journal.add(entry("1")), journal.add(entry("2"))]);
    assert.equal(journal.isDurable, false);
    assert.deepEqual((await journal.read()).entries, [entry("2"), entry("1")]);
  });
});
