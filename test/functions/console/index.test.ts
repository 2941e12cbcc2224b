import assert from "node:assert/strict";
import { type ConfigMapApi, startConfigMapApi } from "../config-map-api.ts";
import { type RunningFunction, runFunction } from "../run-function.ts";

type Journal = {
  isDurable: boolean;
  entries: { kind: string; data: string; cutBytes: number; failure: { message: string } | null }[];
};

const read = async ({ url }: RunningFunction, path: string): Promise<Journal> =>
  (await (await fetch(`${url}${path}`)).json()) as Journal;

const deadLetter = (id: string, data: unknown = { id }) => ({
  type: "dev.vigie.alert.fired.v1",
  id,
  data,
  extensions: {
    knativeerrordest: "http://alert-handle.vigie.svc.cluster.local/",
    knativeerrorcode: "422",
    knativeerrordata: Buffer.from('{"code":"INVALID_DATA","message":"no pod"}').toString("base64"),
  },
});

describe("console", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(20_000);

  const running: RunningFunction[] = [];
  const run = async (env?: Record<string, string>): Promise<RunningFunction> => {
    const started = await runFunction("console", env);
    running.push(started);
    return started;
  };
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop("SIGKILL"))));

  it("works with no configuration at all", async () => {
    const console = await run();
    assert.equal((await console.post(deadLetter("1"))).status, 204);
    const { isDurable, entries } = await read(console, "/dead-letters");
    assert.equal(isDurable, false);
    assert.equal(entries[0]?.failure?.message, "no pod");
    assert.equal(entries[0]?.data, '{"id":"1"}');
  });

  it("keeps what tells a decision apart from dead letters, of which some say no reason", async () => {
    const console = await run();
    const settled = { type: "dev.vigie.resources.settled.v1", id: "2", data: { reason: "done" } };
    const other = { type: "dev.vigie.number.emitted.v1", id: "3", data: {} };
    for (const event of [deadLetter("1"), settled, other]) {
      assert.equal((await console.post(event)).status, 204);
    }
    assert.equal((await read(console, "/dead-letters")).entries.length, 2);
    assert.deepEqual((await read(console, "/journal")).entries.map(({ kind }) => kind).toSorted(), [
      "dead-letter",
      "dead-letter",
      "settlement",
    ]);
  });

  it("files what comes by the dead letters' door as one, though a trigger sends its type too", async () => {
    const console = await run();
    const settled = { type: "dev.vigie.resources.settled.v1", id: "2", data: { reason: "done" } };
    assert.equal((await console.post(settled)).status, 204);
    assert.equal((await console.post({ ...settled, path: "/dead-letters" })).status, 204);
    assert.equal((await read(console, "/journal")).entries.length, 2);
    assert.equal((await read(console, "/dead-letters")).entries.length, 1);
  });

  it("logs a dead letter in full, though the journal cuts it", async () => {
    const console = await run();
    const body = "x".repeat(100_000);
    await console.post(deadLetter("1", body));
    const [entry] = (await read(console, "/dead-letters")).entries;
    assert.ok((entry?.cutBytes ?? 0) > 80_000);
    await console.stop();
    const line = console
      .output()
      .split("\n")
      .find((each) => each.includes("dead letter"));
    assert.ok(line?.includes(body));
  });

  it("takes a flood in a few writes, and stays within its bounds", async () => {
    const api: ConfigMapApi = await startConfigMapApi("console-journal");
    try {
      const console = await run({
        JOURNAL_CONFIGMAP: "console-journal",
        KUBECONFIG: api.kubeconfig,
      });
      const posts = Array.from({ length: 150 }, (_, index) =>
        console.post(deadLetter(`${index}`, "y".repeat(5_000))),
      );
      assert.ok((await Promise.all(posts)).every(({ status }) => status === 204));
      const bytes = Buffer.byteLength(JSON.stringify(api.entries()));
      assert.ok(bytes > 150 * 1024 && bytes <= 200 * 1024, `${bytes} bytes`);
      await console.stop("SIGKILL");
      const again = await run({ JOURNAL_CONFIGMAP: "console-journal", KUBECONFIG: api.kubeconfig });
      assert.equal((await read(again, "/journal")).entries.length, api.entries().length);
    } finally {
      await api.close();
    }
  });

  it("shows a page on which no event can run a script", async () => {
    const console = await run();
    const { url } = console;
    await console.post(deadLetter("1", "</script><script>alert(1)</script>"));
    const page = await fetch(url);
    assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'self'/);
    const html = await page.text();
    assert.match(html, /Dead letters/);
    // Who has no script is told so, and not that there is nothing.
    assert.match(html, /<body class="unknown">[^]*<noscript>[^]*<a href="dead-letters">/);
    assert.match(html, /u003cscript>alert/);
    assert.ok(!html.includes("<script>alert"));
  });
});
