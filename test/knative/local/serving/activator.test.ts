import assert from "node:assert/strict";
import { ActivationError } from "../../../../knative/local/serving/activation-error.ts";
import type { Activator } from "../../../../knative/local/serving/activator.ts";
import { ask, ECHO, isRunning, never, rules, until, Workshop } from "./programs.ts";

const SLOW_START = `setTimeout(() => { ${ECHO} }, 300);`;

describe("activator", () => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.end());

  const pidOf = async (activator: Activator): Promise<number> => {
    const lease = await activator.acquire(never);
    try {
      return (JSON.parse((await ask(lease.port)).body) as { pid: number }).pid;
    } finally {
      lease.release();
    }
  };
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => assert.fail("was not refused"),
      (error: unknown) => {
        assert.ok(error instanceof ActivationError, String(error));
        return error;
      },
    );

  it("starts one process for all who ask while it starts, and calls them cold", async () => {
    const activator = workshop.activator(workshop.revision(SLOW_START));
    assert.equal(activator.status().replicas, 0);
    const leases = await Promise.all(Array.from({ length: 50 }, () => activator.acquire(never)));
    assert.ok(leases.every(({ start, port }) => start === "cold" && port === leases[0]?.port));
    assert.equal(activator.status().requests, 50);
    for (const lease of leases) lease.release();
    const warm = await activator.acquire(never);
    warm.release();
    assert.equal(warm.start, "warm");
    assert.equal(activator.status().coldStarts, 1);
    assert.deepEqual(workshop.states(), ["up"]);
  });

  it("is back at zero after the window, and up again with the next request", async () => {
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale: rules({ stableWindowMs: 50 }) }),
    );
    const first = await pidOf(activator);
    await until("zero", () => workshop.states().includes("zero"));
    assert.equal(isRunning(first), false);
    assert.equal(activator.status().state, "zero");
    assert.notEqual(await pidOf(activator), first);
    assert.deepEqual(workshop.states(), ["up", "zero", "up"]);
  });

  it("drains: answers those who wait for its cold start, then ends without a word", async () => {
    const activator = workshop.activator(workshop.revision(SLOW_START));
    const asked = Array.from({ length: 20 }, () => pidOf(activator));
    const drained = activator.drain();
    const [pid] = await Promise.all(asked);
    await drained;
    assert.equal(isRunning(pid ?? 0), false);
    assert.deepEqual(workshop.states(), ["up"]);
  });

  it("drains at once without requests, and when the last one who waits has left", async () => {
    await workshop.activator(workshop.revision(ECHO)).drain();
    const activator = workshop.activator(workshop.revision(SLOW_START));
    const leaving = new AbortController();
    const asked = assert.rejects(activator.acquire(leaving.signal), /left/);
    const drained = activator.drain();
    leaving.abort(new Error("left"));
    await asked;
    await drained;
    assert.equal(activator.status().replicas, 0);
  });

  it("stays while a request is open, however long", async () => {
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale: rules({ stableWindowMs: 20 }) }),
    );
    const lease = await activator.acquire(never);
    const startedMs = Date.now();
    await until("five windows", () => Date.now() - startedMs > 100);
    assert.equal(activator.status().state, "ready");
    lease.release();
    await until("zero", () => activator.status().state === "zero");
  });

  it("kills a process that does not heed SIGTERM once its grace period has passed", async () => {
    const deaf = `${ECHO.replace(/process.once.*/, "")} process.on("SIGTERM", () => {});`;
    const activator = workshop.activator(
      workshop.revision(deaf, { scale: rules({ stableWindowMs: 20 }), graceMs: 1_000 }),
    );
    const pid = await pidOf(activator);
    await until("zero", () => workshop.states().includes("zero"));
    assert.equal(isRunning(pid), false);
  });

  it("serves a new process while the old one still ends", async () => {
    const deaf = `${ECHO.replace(/process.once.*/, "")} process.on("SIGTERM", () => {});`;
    const activator = workshop.activator(
      workshop.revision(deaf, { scale: rules({ stableWindowMs: 20 }) }),
    );
    const first = await pidOf(activator);
    await until("retired", () => activator.status().replicas === 0);
    assert.ok(isRunning(first));
    assert.notEqual(await pidOf(activator), first);
  });

  it("starts anew when the process was killed", async () => {
    const activator = workshop.activator(workshop.revision(ECHO));
    const first = await pidOf(activator);
    process.kill(first, "SIGKILL");
    await until("the crash", () => workshop.states().includes("crashed"));
    assert.notEqual(await pidOf(activator), first);
    assert.equal(activator.status().crashes, 1);
  });

  it("answers 503 with the reason when the process ends before it is ready, and backs off", async () => {
    const activator = workshop.activator(workshop.revision("process.exit(3)"));
    const { status, code, message } = await refusal(activator.acquire(never));
    assert.deepEqual([status, code], [503, "START_FAILED"]);
    assert.match(message, /echo did not get ready: exited with 3/);
    await refusal(activator.acquire(never));
    await refusal(activator.acquire(never));
    const delays = workshop.events.map((event) => "backOffMs" in event && event.backOffMs);
    assert.deepEqual(delays, [0, 100, 200]);
  });

  it("answers 503 when the program is missing", async () => {
    const activator = workshop.activator(
      workshop.revision("", { command: ["/nowhere/to/be/found"] }),
    );
    assert.equal((await refusal(activator.acquire(never))).code, "START_FAILED");
  });

  it("answers 504 when no process is ready within timeoutSeconds", async () => {
    const activator = workshop.activator(
      workshop.revision("setInterval(() => {}, 1000)", { timeoutMs: 100 }),
    );
    const { status, message } = await refusal(activator.acquire(never));
    assert.deepEqual([status, message], [504, "activator request timeout"]);
  });

  it("answers 503 to the request after 10,000 waiting ones", async () => {
    const activator = workshop.activator(workshop.revision("setInterval(() => {}, 1000)"));
    const waiting = Array.from({ length: 10_000 }, () => activator.acquire(never));
    const settled = Promise.allSettled(waiting);
    const { status, message } = await refusal(activator.acquire(never));
    assert.deepEqual([status, message], [503, "pending request queue full"]);
    await activator.close(100);
    assert.ok((await settled).every((result) => result.status === "rejected"));
  });

  it("lets no more requests in than containerConcurrency", async () => {
    const activator = workshop.activator(workshop.revision(ECHO, { containerConcurrency: 2 }));
    const first = await activator.acquire(never);
    const second = await activator.acquire(never);
    let isIn = false;
    const third = activator.acquire(never).then((lease) => {
      isIn = true;
      return lease;
    });
    await pidOfPort(first.port);
    assert.equal(isIn, false);
    first.release();
    first.release();
    (await third).release();
    second.release();
    assert.equal(activator.status().requests, 0);
  });

  it("holds ten more than a process takes where target-burst-capacity is 0, any number at -1", async () => {
    for (const [targetBurstCapacity, refused] of [
      [0, 5],
      [-1, 0],
    ] as const) {
      const scale = rules({ targetBurstCapacity });
      const revision = workshop.revision(ECHO, { containerConcurrency: 1, scale });
      const activator = workshop.activator(revision);
      const first = await activator.acquire(never);
      const asked = Array.from({ length: 15 }, () => activator.acquire(never));
      let full = 0;
      for (const one of asked) one.catch(() => (full += 1));
      await pidOfPort(first.port);
      assert.equal(full, refused);
      first.release();
      const settled = asked.map((one) =>
        one.then(
          (lease) => lease.release(),
          () => undefined,
        ),
      );
      await Promise.all(settled);
      assert.equal(activator.status().requests, 0);
    }
  });

  it("forgets a client that has gone while waiting", async () => {
    const activator = workshop.activator(workshop.revision(SLOW_START));
    const client = new AbortController();
    const waiting = activator.acquire(client.signal);
    client.abort(new Error("gone"));
    await assert.rejects(waiting, /gone/);
    assert.equal(activator.status().requests, 0);
  });

  it("keeps a process from the start on when min-scale is 1, and restarts it", async () => {
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale: rules({ minScale: 1, stableWindowMs: 10 }) }),
    );
    activator.open();
    await until("up", () => activator.status().state === "ready");
    const pid = await pidOf(activator);
    process.kill(pid, "SIGKILL");
    await until("up again", () => activator.status().coldStarts === 2);
  });

  it("waits for the HTTP probe to answer 2xx or 3xx", async () => {
    const program = `
      const since = Date.now();
      require("node:http").createServer((req, res) => {
        if (req.url === "/ready?now" && req.headers["user-agent"].startsWith("kube-probe/")) {
          res.statusCode = Date.now() - since > 200 ? 204 : 503;
        }
        res.end(String(Date.now() - since));
      }).listen(process.env.PORT);`;
    const probe = { kind: "http", path: "/ready?now", headers: {} } as const;
    const activator = workshop.activator(workshop.revision(program, { probe }));
    const lease = await activator.acquire(never);
    assert.ok(Number((await ask(lease.port)).body) > 200);
    lease.release();
  });

  it("gives each process a fresh folder for an emptyDir", async () => {
    const program = ECHO.replace(
      "server.listen",
      `require("node:fs").writeFileSync(process.env.SCRATCH + "/x", "", { flag: "wx" }); server.listen`,
    );
    const env = { SCRATCH: "/var/scratch" };
    const activator = workshop.activator(
      workshop.revision(program, {
        env,
        emptyDirs: ["/var/scratch"],
        scale: rules({ stableWindowMs: 20 }),
      }),
    );
    await pidOf(activator);
    await until("zero", () => workshop.states().includes("zero"));
    await pidOf(activator);
  });

  it("scales out to what waits, spreads the requests, and back in when they have gone", async () => {
    const scale = rules({ target: 1, maxScale: 3, stableWindowMs: 600, panicWindowMs: 60 });
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale, containerConcurrency: 1 }),
    );
    const leases = await Promise.all(Array.from({ length: 3 }, () => activator.acquire(never)));
    assert.equal(new Set(leases.map(({ port }) => port)).size, 3);
    assert.equal(activator.status().replicas, 3);
    let isIn = false;
    const fourth = activator.acquire(never).then((lease) => {
      isIn = true;
      return lease;
    });
    await pidOfPort(leases[0]?.port ?? 0);
    assert.equal(isIn, false);
    for (const lease of leases) lease.release();
    (await fourth).release();
    await until("zero", () => activator.status().state === "zero");
    const scaled = workshop.events.flatMap((event) => ("to" in event ? [event] : []));
    assert.deepEqual([scaled[0]?.from, scaled[0]?.to], [1, 3]);
    assert.match(
      scaled[0]?.reason ?? "",
      /^[\d.]+ requests at once over [\d.]+ s, 1 for each, panic$/,
    );
    await until("told", () => workshop.states().includes("zero"));
  });

  it("sends a request to the process with the fewest", async () => {
    const scale = rules({ minScale: 2, maxScale: 2 });
    const activator = workshop.activator(workshop.revision(ECHO, { scale }));
    activator.open();
    await until("both up", () => activator.status().coldStarts === 2);
    const leases = await Promise.all(Array.from({ length: 10 }, () => activator.acquire(never)));
    const ports = leases.map(({ port }) => port);
    assert.equal(ports.filter((port) => port === ports[0]).length, 5);
    leases[1]?.release();
    assert.equal((await activator.acquire(never)).port, leases[1]?.port);
  });

  it("lets a request end before its process is, when it scales in", async () => {
    const scale = rules({ target: 1, maxScale: 2, stableWindowMs: 300, panicWindowMs: 30 });
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale, containerConcurrency: 1 }),
    );
    const [first, second] = await Promise.all([activator.acquire(never), activator.acquire(never)]);
    assert.ok(first !== undefined && second !== undefined && first.port !== second.port);
    first.release();
    // The free one goes; the busy one stays whatever its age.
    await until("one left", () => activator.status().replicas === 1);
    assert.equal((await ask(second.port)).status, 200);
    second.release();
    await until("zero", () => workshop.states().includes("zero"));
  });

  it("starts activation-scale processes for the first request, and initial-scale ones without", async () => {
    const scale = rules({ activationScale: 2, maxScale: 3, initialScale: 3, stableWindowMs: 300 });
    const activator = workshop.activator(workshop.revision(ECHO, { scale }));
    activator.open();
    assert.equal(activator.status().replicas, 3);
    await until("zero", () => workshop.states().includes("zero"));
    assert.equal(activator.status().coldStarts, 3);
    const lease = await activator.acquire(never);
    assert.equal(activator.status().replicas, 2);
    lease.release();
  });

  it("goes on with the other processes when one is killed", async () => {
    const scale = rules({ minScale: 2, maxScale: 2 });
    const activator = workshop.activator(workshop.revision(ECHO, { scale }));
    activator.open();
    await until("both up", () => activator.status().coldStarts === 2);
    process.kill(await pidOf(activator), "SIGKILL");
    await until("the crash", () => workshop.states().includes("crashed"));
    assert.equal((await activator.acquire(never)).start, "warm");
    await until("two again", () => activator.status().coldStarts === 3);
  });

  const repeated = { initialDelayMs: 0, periodMs: 20, timeoutMs: 200, failureThreshold: 3 };

  it("ends a process whose liveness probe fails, and starts another one", async () => {
    const program = ECHO.replace(
      "const chunks",
      "if (req.url === '/break') process.broken = true; if (req.url === '/live' && process.broken) { res.statusCode = 500; return res.end(); } const chunks",
    );
    const probe = { kind: "http", path: "/live", headers: {} } as const;
    const scale = rules({ minScale: 1 });
    const liveness = { ...repeated, probe, timeoutMs: 2_000 };
    // Liveness counts from the start-up on, however long that takes here.
    const startup = { ...repeated, probe, failureThreshold: 3_000 };
    const activator = workshop.activator(workshop.revision(program, { scale, startup, liveness }));
    activator.open();
    const first = await pidOf(activator);
    const lease = await activator.acquire(never);
    await ask(lease.port, { path: "/break" });
    lease.release();
    await until("the crash", () => workshop.states().includes("crashed"));
    const [crash] = workshop.events.filter(({ state }) => state === "crashed");
    assert.ok(crash !== undefined && "reason" in crash);
    assert.equal(crash.reason, "the liveness probe failed 3 times in a row");
    assert.notEqual(await pidOf(activator), first);
    await until("the first has gone", () => !isRunning(first));
    assert.equal(activator.status().crashes, 1);
  });

  it("gives up a process whose startup probe does not succeed in time", async () => {
    const probe = { kind: "http", path: "/", headers: {} } as const;
    const program = ECHO.replace("const chunks", "res.statusCode = 503; const chunks");
    const startup = { ...repeated, periodMs: 100, probe };
    const activator = workshop.activator(workshop.revision(program, { startup }));
    const { code, message } = await refusal(activator.acquire(never));
    assert.equal(code, "START_FAILED");
    assert.match(message, /the startup probe failed for 0\.3 s/);
  });

  it("is not ready before the startup probe has succeeded, however readiness is", async () => {
    const probe = { kind: "http", path: "/started", headers: {} } as const;
    const program = `
      const since = Date.now();
      require("node:http").createServer((req, res) => {
        if (req.url === "/started") res.statusCode = Date.now() - since > 200 ? 200 : 503;
        res.end(String(Date.now() - since));
      }).listen(process.env.PORT);`;
    const startup = { ...repeated, failureThreshold: 3_000, probe };
    const activator = workshop.activator(workshop.revision(program, { startup }));
    const lease = await activator.acquire(never);
    assert.ok(Number((await ask(lease.port)).body) > 200);
    lease.release();
  });

  it("starts the process in its working folder, a mounted one too", async () => {
    const program = ECHO.replace("process.argv.slice(2)", "process.cwd()");
    const workingDir = "/var/scratch";
    const mounted = workshop.revision(program, { workingDir, emptyDirs: [workingDir] });
    for (const [revision, folder] of [
      [workshop.revision(program, { workingDir: workshop.folder }), /vigie-serving-/],
      [mounted, /echo-00001-/],
    ] as const) {
      const lease = await workshop.activator(revision).acquire(never);
      assert.match((JSON.parse((await ask(lease.port)).body) as { argv: string }).argv, folder);
      lease.release();
    }
  });

  it("refuses and leaves nothing running once closed, also while starting", async () => {
    const activator = workshop.activator(workshop.revision(SLOW_START));
    const waiting = refusal(activator.acquire(never));
    await activator.close(100);
    assert.equal((await waiting).code, "SHUTTING_DOWN");
    assert.equal((await refusal(activator.acquire(never))).code, "SHUTTING_DOWN");
  });
});

const pidOfPort = async (port: number): Promise<string> => (await ask(port)).body;
