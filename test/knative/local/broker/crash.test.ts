import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { post, startSubscriber, type Subscriber, temporaryFolder, until } from "./harness.ts";

const EVENTS = 2_000;

describe("stored broker that is killed", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let subscriber: Subscriber;
  let child: ChildProcess;

  const start = async (): Promise<string> => {
    const script = join(import.meta.dirname, "crash-child.ts");
    child = spawn(process.execPath, [script, folder, subscriber.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(child.stdout);
    const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return `${url}/test/default`;
  };
  const kill = async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };

  before(async () => {
    subscriber = await startSubscriber((_, response) => response.writeHead(204).end());
  });
  after(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill();
    await subscriber.close();
    rmSync(folder, { recursive: true });
  });

  it("loses nothing that was accepted, and repeats almost nothing", async () => {
    const url = await start();
    const accepted = new Set<string>();
    let next = 0;
    const sender = async () => {
      while (next < EVENTS) {
        const id = String(next++);
        const response = await post(url, { id, type: "a" }).catch(() => null);
        if (response === null) return;
        if (response.status === 202) accepted.add(id);
      }
    };
    const senders = Promise.all(Array.from({ length: 30 }, sender));
    await until("the middle", () => accepted.size > EVENTS / 2);
    await kill();
    await senders;
    await start();
    const got = () => new Set(subscriber.received.map(({ headers }) => String(headers["ce-id"])));
    await until("all of them", () => [...accepted].every((id) => got().has(id)));
    // The 20 in flight at the kill, and those that had ended in the 5 ms before: they share a commit.
    const duplicates = subscriber.received.length - got().size;
    assert.ok(duplicates <= 100, `${duplicates} of ${accepted.size} came twice`);
  });
});
