import assert from "node:assert/strict";
import { attribute } from "../../../../../knative/local/broker/cloud-event.ts";
import { openDatabase } from "../../../../../knative/local/broker/store/database.ts";
import type { Disk } from "../../../../../knative/local/broker/store/disk.ts";
import { createEventStore } from "../../../../../knative/local/broker/store/event-store.ts";
import { createWriteQueue } from "../../../../../knative/local/broker/store/write-queue.ts";

const passage = (id: string, bytes: number) => ({
  brokerKey: "lab/default",
  event: {
    attributes: new Map(Object.entries({ specversion: "1.0", id, source: "/test", type: "a" })),
    data: Buffer.alloc(bytes, "x"),
  },
  ttl: 255,
  headers: [],
});

describe("the event store", () => {
  it("takes events for the same triggers again once there is room on the disk", async () => {
    const database = openDatabase(null);
    const queue = createWriteQueue(database);
    const store = createEventStore(database, queue, 2 ** 30);
    const add = async (id: string, keys: readonly string[], bytes = 1) => {
      await store.add(passage(id, bytes), keys, 0)?.committed;
    };
    const due = (key: string) =>
      store.due(key, 1, 10, () => false).map(({ passage: { event } }) => attribute(event, "id"));

    await add("before", ["known"]);
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() as {
      page_count: number;
    };
    database.exec(`PRAGMA max_page_count = ${pages}`);
    await assert.rejects(add("full", ["known", "new"], 100_000), /full/);
    assert.deepEqual(due("known"), ["before"]);

    database.exec("PRAGMA max_page_count = 1000000");
    await add("after", ["known", "new"]);
    assert.deepEqual([due("known"), due("new")], [["before", "after"], ["after"]]);
    await queue.close();
    database.close();
  });

  it("takes back what was committed and never got to the disk", async () => {
    const database = openDatabase(null);
    let isBroken = true;
    const disk: Disk = {
      sync: () => (isBroken ? Promise.reject(new Error("no space left")) : Promise.resolve()),
      close: () => Promise.resolve(),
    };
    const queue = createWriteQueue(database, disk);
    const store = createEventStore(database, queue, 2 ** 30);
    await assert.rejects(
      async () => store.add(passage("lost", 1), ["t"], 0)?.committed,
      /no space/,
    );
    isBroken = false;
    await store.add(passage("kept", 1), ["t"], 0)?.committed;
    const due = store.due("t", 1, 10, () => false);
    assert.deepEqual(
      due.map((item) => attribute(item.passage.event, "id")),
      ["kept"],
    );
    await queue.close();
    database.close();
  });
});
