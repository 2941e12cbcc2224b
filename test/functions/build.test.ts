import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const BUILD = join(import.meta.dirname, "..", "..", "functions", "build.ts");

describe("npm run build", function () {
  this.timeout(30_000);
  let folder: string;
  let dist: string;
  let printed: string;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vigie-build-test-"));
    const built = join(folder, "built");
    const { stdout } = await promisify(execFile)(process.execPath, [BUILD, "--out", built]);
    printed = stdout;
    // As an image has it: elsewhere, and not to be written to.
    dist = join(folder, "dist");
    await rename(built, dist);
    await chmod(dist, 0o555);
  });
  after(async () => {
    child?.kill("SIGKILL");
    await chmod(dist, 0o755);
    await rm(folder, { recursive: true });
  });

  /** Starts it, asks for `path`, ends it; what V8 and Node say of compiled code that they found. */
  async function run(step: string, path: string) {
    const started = spawn(
      process.execPath,
      ["--profile-deserialization", join(dist, `${step}.cjs`)],
      {
        env: { PORT: "0", NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child = started;
    let out = "";
    let cache = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => (cache += text));
    const listening = new Promise<string>((resolve) => {
      started.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        const port = /"port":(\d+)/.exec(out)?.[1];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    });
    const answer = await fetch((await listening) + path);
    const body = await answer.text();
    started.kill("SIGTERM");
    const [code] = (await once(started, "close")) as [number];
    assert.equal(code, 0);
    return { status: answer.status, body, cache, out };
  }

  it("prints one line for each bundle", async () => {
    const bundles = (await readdir(join(dist, "lib"))).filter((name) => name.endsWith(".cjs"));
    assert.ok(bundles.includes("number-emit.cjs"));
    for (const name of bundles)
      assert.match(printed, new RegExp(`^lib/${name} +[0-9.]+ KiB$`, "m"));
  });

  it("makes a compile cache that is used when dist/ was moved and is read-only", async () => {
    const { status, cache, out } = await run("number-emit", "/healthz");
    assert.equal(status, 200);
    const code = `number-emit-${process.version}-${process.arch}.code`;
    const { size } = await stat(join(dist, ".cache", code));
    assert.ok(out.includes(`[Deserializing from ${size} bytes took`), out);
    assert.doesNotMatch(out, /Cached code failed/);
    assert.doesNotMatch(cache, /rejected/);
  });

  it("starts a function without its compiled code, too", async () => {
    const code = join(dist, ".cache", `number-emit-${process.version}-${process.arch}.code`);
    await rename(code, `${code}.away`);
    const { status, cache } = await run("number-emit", "/healthz");
    await rename(`${code}.away`, code);
    assert.equal(status, 200);
    assert.match(cache, /code cache for CommonJS \S+lib\/number-emit\.cjs was accepted/);
  });

  it("loads express for a page and for nothing else", async () => {
    const health = await run("number-receive", "/healthz");
    assert.doesNotMatch(health.cache, /express\.cjs/);
    const page = await run("number-receive", "/");
    assert.equal(page.status, 200);
    assert.match(page.body, /<html/);
    assert.match(page.cache, /code cache for CommonJS \S+vendor\/express\.cjs was accepted/);
  });
});
