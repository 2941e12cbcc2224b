import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf } from "../../../../knative/local/serving/process-identity.ts";
import { createRunRecords, endLeftovers } from "../../../../knative/local/serving/run-records.ts";
import { ECHO, isRunning, never, rules, until, Workshop } from "./programs.ts";

describe("run records", () => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.end());
  const idle = () => spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)"], { detached: true });

  it("name a child while it runs", async () => {
    const activator = workshop.activator(
      workshop.revision(ECHO, { scale: rules({ stableWindowMs: 20 }) }),
    );
    (await activator.acquire(never)).release();
    await until("zero", () => workshop.states().includes("zero"));
    assert.deepEqual(await endLeftovers(join(workshop.folder, "run")), []);
  });

  it("do not keep a child from running where they cannot be written", async () => {
    const folder = join(workshop.folder, "run");
    const records = await createRunRecords(folder);
    const file = join(folder, `${process.pid}.json`);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    await records.add(process.pid, "full");
    records.remove(process.pid);
    rmSync(folder);
    await records.add(process.pid, "again");
    assert.equal(existsSync(file), true);
  });

  it("let the next start end what a killed runtime has left, and nothing else", async () => {
    const folder = join(workshop.folder, "run");
    const [left, other, owned] = [idle(), idle(), idle()];
    const startTime = await startTimeOf(left.pid as number);
    const dead = { pid: 2 ** 22 - 1, startTime: "1" };
    const records = await createRunRecords(folder);
    await records.add(owned.pid as number, "owned");
    const record = (pid: number, time: string | null) =>
      writeFileSync(
        join(folder, `${pid}.json`),
        JSON.stringify({ owner: dead, process: { pid, startTime: time }, service: `s${pid}` }),
      );
    record(left.pid as number, startTime);
    // The pid came back for another process: its start time is not the recorded one.
    record(other.pid as number, "1");
    writeFileSync(join(folder, "7.json"), "{");
    const exited = once(left, "exit");
    assert.deepEqual(await endLeftovers(folder), [`s${left.pid}`]);
    await exited;
    assert.ok(isRunning(other.pid as number) && isRunning(owned.pid as number));
    assert.equal(existsSync(join(folder, "7.json")), false);
    for (const child of [other, owned]) child.kill("SIGKILL");
  });
});

describe("a child", () => {
  it("ends with its runtime, whatever the runtime dies of", async function () {
    if (process.platform !== "linux" || !existsSync("/usr/bin/setpriv")) this.skip();
    const workshop = new Workshop();
    const [, program] = workshop.program("setInterval(() => {}, 1e3)");
    const child = join(import.meta.dirname, "../../../../knative/local/serving/child.ts");
    const runtime = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { startChild } from ${JSON.stringify(child)};
       const { pid } = startChild([process.execPath, ${JSON.stringify(program)}], {}, () => {});
       process.stdout.write(String(pid));`,
    ]);
    const [first] = (await once(runtime.stdout, "data")) as [Buffer];
    const pid = Number(first);
    // Until setpriv has become the program, the kernel has not been told to end it.
    await until("it runs", () =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(process.execPath),
    );
    runtime.kill("SIGKILL");
    await until("it has gone", async () => (await startTimeOf(pid)) === null);
    await workshop.end();
  });
});
