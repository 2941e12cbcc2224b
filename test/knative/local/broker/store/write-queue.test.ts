import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createDisk, type Disk } from "../../../../../knative/local/broker/store/disk.ts";
import { createWriteQueue } from "../../../../../knative/local/broker/store/write-queue.ts";

/** A disk whose turns end when the test says so. */
function createSlowDisk() {
  const turns: { done: () => void; fail: (error: Error) => void }[] = [];
  const disk: Disk = {
    sync: () => new Promise<void>((done, fail) => turns.push({ done, fail })),
    close: () => Promise.resolve(),
  };
  return { disk, turns };
}

function createNumbers() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE numbers (value INTEGER PRIMARY KEY)");
  const insert = database.prepare("INSERT INTO numbers VALUES (?)");
  return {
    database,
    add: (value: number) => () => void insert.run(value),
    all: () =>
      database
        .prepare("SELECT value FROM numbers")
        .all()
        .map((row) => row["value"]),
  };
}

const nextTurn = () => new Promise((done) => setImmediate(done));

describe("the write queue", () => {
  it("resolves a write once the disk has it, not when it is committed", async () => {
    const { database, add, all } = createNumbers();
    const { disk, turns } = createSlowDisk();
    const queue = createWriteQueue(database, disk);
    let isDurable = false;
    const written = queue.write(add(1)).then(() => (isDurable = true));
    await nextTurn();
    await nextTurn();
    assert.deepEqual(all(), [1]);
    assert.equal(isDurable, false);
    turns[0]?.done();
    await written;
  });

  it("gives all that came while the disk was busy one turn of it", async () => {
    const { database, add, all } = createNumbers();
    const { disk, turns } = createSlowDisk();
    const queue = createWriteQueue(database, disk);
    const first = queue.write(add(1));
    await nextTurn();
    await nextTurn();
    const others = [2, 3, 4].map((value) => queue.write(add(value)));
    await nextTurn();
    assert.deepEqual([all(), turns.length], [[1], 1]);
    turns[0]?.done();
    await first;
    await nextTurn();
    assert.deepEqual([all(), turns.length], [[1, 2, 3, 4], 2]);
    turns[1]?.done();
    await Promise.all(others);
  });

  it("does not take the turn under way for one that has what was committed since", async () => {
    const { database, add, all } = createNumbers();
    const { disk, turns } = createSlowDisk();
    const queue = createWriteQueue(database, disk);
    const first = queue.write(add(1));
    await nextTurn();
    await nextTurn();
    let isDurable = false;
    const second = queue.write(add(2)).then(() => (isDurable = true));
    queue.flush();
    assert.deepEqual(all(), [1, 2]);
    turns[0]?.done();
    await first;
    await nextTurn();
    assert.equal(isDurable, false);
    turns[1]?.done();
    await second;
  });

  it("rejects what the disk did not take, and goes on", async () => {
    const { database, add } = createNumbers();
    const { disk, turns } = createSlowDisk();
    const queue = createWriteQueue(database, disk);
    const first = queue.write(add(1));
    await nextTurn();
    await nextTurn();
    const second = queue.write(add(2));
    turns[0]?.fail(new Error("no space left"));
    await assert.rejects(first, /no space left/);
    await nextTurn();
    turns[1]?.done();
    await second;
  });

  it("answers those who wait before it closes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vigie-write-queue-"));
    try {
      const database = new DatabaseSync(join(folder, "broker.sqlite"));
      database.exec("PRAGMA journal_mode = WAL; CREATE TABLE numbers (value INTEGER)");
      const queue = createWriteQueue(database, createDisk(database));
      const insert = database.prepare("INSERT INTO numbers VALUES (?)");
      const written = queue.write(() => void insert.run(1));
      await queue.close();
      await written;
      database.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
