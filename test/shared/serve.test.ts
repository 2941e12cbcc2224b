import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { withCompileCache } from "../compile-cache.ts";

type Line = { level: string; time: string; name: string; msg: string } & Record<string, unknown>;

/** The fixture as a process; its lines as they come. */
class Fixture {
  readonly child: ChildProcess;
  readonly exited: Promise<[number | null, string | null]>;
  out = "";
  err = "";

  constructor(env: Record<string, string> = {}) {
    const script = fileURLToPath(import.meta.resolve("./fixture-function.ts"));
    this.child = spawn(process.execPath, [script], {
      env: { PORT: "0", COUNT: "0", ...withCompileCache, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    // Not "exit": what was written last may still be in the pipe.
    this.exited = once(this.child, "close") as Promise<[number | null, string | null]>;
  }

  /** Those that have come as a whole. */
  get lines(): Line[] {
    return this.out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  messages(): string[] {
    return this.lines.map(({ msg }) => msg);
  }

  async until(isTrue: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!isTrue()) {
      assert.ok(Date.now() < deadline, `never: ${isTrue.toString()}\n${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async url(): Promise<string> {
    await this.until(() => this.messages().includes("listening"));
    return `http://127.0.0.1:${String(this.lines[0]?.["port"])}`;
  }

  async ping(data: string): Promise<Response> {
    return await fetch(await this.url(), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/test",
        "ce-type": "dev.knative.sources.ping",
      },
      body: JSON.stringify(data),
    });
  }
}

describe("start", function () {
  this.timeout(60_000);
  let fixture: Fixture;
  const run = (env?: Record<string, string>): Fixture => (fixture = new Fixture(env));
  afterEach(async () => {
    fixture.child.kill("SIGKILL");
    await fixture.exited;
  });

  it("listens, serves localhost by both its addresses, and ends with 0 on SIGTERM", async () => {
    run({ K_SERVICE: "machine-1" });
    const { port } = new URL(await fixture.url());
    for (const host of ["127.0.0.1", "[::1]"]) {
      assert.equal((await fetch(`http://${host}:${port}/healthz`)).status, 200);
    }
    assert.equal((await fixture.ping("hello")).status, 204);
    fixture.child.kill("SIGTERM");
    assert.deepEqual(await fixture.exited, [0, null]);
    assert.deepEqual(fixture.messages(), ["listening", "handled", "stopping", "closed"]);
    for (const { level, time, name } of fixture.lines) {
      assert.deepEqual([level, name], ["info", "machine-1"]);
      assert.equal(new Date(time).toISOString(), time);
    }
  });

  it("lists every fault of the environment and ends with 1", async () => {
    run({ PORT: "many", COUNT: "x", LOG_LEVEL: "loud" });
    assert.deepEqual(await fixture.exited, [1, null]);
    for (const name of ["PORT", "COUNT", "LOG_LEVEL"]) assert.ok(fixture.err.includes(name), name);
    assert.equal(fixture.out, "");
  });

  it("says in one line what building fails with, and that a port is taken", async () => {
    run({ FAULT: "build" });
    assert.deepEqual(await fixture.exited, [1, null]);
    assert.equal(fixture.err, "fixture: cannot start: the policy is not good\n");
    const server = createServer().listen(0);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    run({ PORT: String(port) });
    assert.deepEqual(await fixture.exited, [1, null]);
    assert.equal(fixture.err, `fixture: cannot start: port ${port} is taken\n`);
    server.close();
  });

  it("finishes what has begun on SIGTERM, and ends at once on the second", async () => {
    run();
    const first = fixture.ping("wait");
    await fixture.until(() => fixture.err === "waiting\n");
    fixture.child.kill("SIGTERM");
    await fixture.until(() => fixture.messages().includes("stopping"));
    fixture.child.kill("SIGUSR2");
    assert.equal((await first).status, 204);
    assert.deepEqual(await fixture.exited, [0, null]);
    assert.deepEqual(fixture.messages().slice(-2), ["handled", "closed"]);

    run();
    const second = fixture.ping("wait").catch(() => "cut off");
    await fixture.until(() => fixture.err === "waiting\n");
    fixture.child.kill("SIGINT");
    await fixture.until(() => fixture.messages().includes("stopping"));
    fixture.child.kill("SIGINT");
    assert.deepEqual(await fixture.exited, [130, null]);
    assert.equal(await second, "cut off");
  });

  it("logs what Node itself warns of as a line like the others", async () => {
    run();
    await fixture.ping("warn");
    fixture.child.kill("SIGTERM");
    assert.deepEqual(await fixture.exited, [0, null]);
    assert.equal(fixture.err, "");
    const warning = fixture.lines.find(({ msg }) => msg === "warning");
    assert.equal(warning?.level, "warn");
    assert.match(JSON.stringify(warning), /one\\ntwo/);
  });

  it("shows its lines though it never falls silent", async () => {
    run({ TALK_MS: "20" });
    await fixture.until(() => fixture.out.includes('"listening"'));
    await fixture.until(() => fixture.out.includes('"talked"'));
  });

  it("has written what it did in an earlier turn when it is killed", async () => {
    run({ COUNT: "3" });
    await fixture.ping("first");
    // Its answer may be here before its lines; that of the next one is not.
    await fixture.ping("second");
    fixture.child.kill("SIGKILL");
    await fixture.exited;
    const counted = fixture.lines.filter(({ msg }) => msg === "counted");
    assert.deepEqual(
      counted.slice(0, 3).map(({ index }) => index),
      [0, 1, 2],
    );
  });

  it("loses no line when the process exits or an exception is not caught", async () => {
    run({ COUNT: "5000" });
    await fixture.ping("throw").catch(() => "cut off");
    assert.deepEqual(await fixture.exited, [1, null]);
    assert.match(fixture.err, /nobody catches this/);
    assert.deepEqual(
      fixture.lines.filter(({ msg }) => msg === "counted").map(({ index }) => index),
      Array.from({ length: 5000 }, (_, index) => index),
    );

    run();
    await assert.rejects(fixture.ping("exit"));
    assert.deepEqual(await fixture.exited, [3, null]);
    assert.equal(fixture.lines.at(-1)?.["text"], "a\nb\u009b\u2028c");
    assert.equal(fixture.out.split("\n").length, fixture.lines.length + 1);
    for (const character of ["\u009b", "\u2028"]) assert.ok(!fixture.out.includes(character));
  });
});
