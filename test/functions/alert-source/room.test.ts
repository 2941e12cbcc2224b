import assert from "node:assert/strict";
import fc from "fast-check";
import { createRoom } from "../../../functions/alert-source/room.ts";
import { TransientError } from "../../../shared/errors.ts";

/** Work that ends when it is told to. */
function task(log: string[], name: string) {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = () => {
    log.push(name);
    return ended;
  };
  return { work, end };
}
const never = new AbortController().signal;
const turn = () => new Promise(setImmediate);

describe("createRoom", () => {
  it("lets in what has room, and the others in order", async () => {
    const log: string[] = [];
    const room = createRoom(10);
    const [first, second, third] = [task(log, "6"), task(log, "5"), task(log, "1")];
    const all = [
      room.within(6, never, first.work),
      room.within(5, never, second.work),
      room.within(1, never, third.work),
    ];
    await turn();
    assert.deepEqual(log, ["6"]);
    first.end();
    await turn();
    assert.deepEqual(log, ["6", "5", "1"]);
    second.end();
    third.end();
    await Promise.all(all);
  });

  it("gives what is larger than the room the whole of it", async () => {
    const log: string[] = [];
    const room = createRoom(10);
    const [large, small] = [task(log, "99"), task(log, "1")];
    const all = [room.within(99, never, large.work), room.within(1, never, small.work)];
    await turn();
    assert.deepEqual(log, ["99"]);
    large.end();
    small.end();
    await Promise.all(all);
    assert.deepEqual(log, ["99", "1"]);
  });

  it("refuses who waited too long, and lets in who was behind", async () => {
    const log: string[] = [];
    const room = createRoom(10);
    const [first, last] = [task(log, "6"), task(log, "4")];
    const limit = new AbortController();
    const busy = room.within(6, never, first.work);
    const refused = assert.rejects(
      room.within(8, limit.signal, () => Promise.resolve()),
      (error) => error instanceof TransientError && error.code === "BUSY",
    );
    const behind = room.within(4, never, last.work);
    await turn();
    assert.deepEqual(log, ["6"]);
    limit.abort();
    await refused;
    await turn();
    assert.deepEqual(log, ["6", "4"]);
    first.end();
    last.end();
    await Promise.all([busy, behind]);
  });

  it("has all its room again after work that failed, and never gives more than it has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(12), fc.boolean())), async (works) => {
        const room = createRoom(10);
        let used = 0;
        const run = ([bytes, fails]: [number, boolean]) =>
          room.within(bytes, never, async () => {
            used += Math.min(bytes, 10);
            assert.ok(used <= 10);
            await Promise.resolve();
            used -= Math.min(bytes, 10);
            if (fails) throw new Error("failed");
          });
        await Promise.allSettled(works.map(run));
        let wasIn = false;
        await room.within(10, never, async () => void (wasIn = true));
        assert.ok(wasIn);
      }),
    );
  });
});
