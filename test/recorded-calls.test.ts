import assert from "node:assert/strict";
import type { RecordedCall } from "../knative/local/cluster/recording.ts";
import { isManaged, isProtected } from "../shared/opt-in.ts";
import { readPolicy } from "../shared/policy.ts";
import { isInstalled } from "./e2e/runtime.ts";
import { manifestRights, type Right, show } from "./manifest-rights.ts";
import { isWholeRun, recordedCalls } from "./recording.ts";

const WRITES: ReadonlySet<string> = new Set(["create", "update", "patch", "delete"]);
const PREFIX = "system:serviceaccount:vigie:";

const isRightFor = (right: Right, call: RecordedCall): boolean =>
  right.user === call.user &&
  right.verb === call.verb &&
  right.group === call.group &&
  right.resource === call.resource &&
  (right.name === null || right.name === call.name);

describe("what the functions did in this test run", function () {
  this.timeout(30_000);
  const rights = manifestRights();
  const users = new Set(rights.map(({ user }) => user));
  let calls: RecordedCall[];

  before(function () {
    const all = recordedCalls();
    // Run by mocha itself, nobody has collected.
    if (all === null) this.skip();
    calls = all.filter(({ user }) => users.has(user) || user.startsWith(PREFIX));
  });

  it("needed no right that knative/base does not give", () => {
    const denied = calls.filter(({ isDenied }) => isDenied);
    const shown = denied.map((call) => show({ ...call, name: call.name || null }));
    assert.deepEqual([...new Set(shown)], []);
  });

  it("used every right that knative/base gives", function () {
    // A part of the tests, or tests without kubectl, use a part of the rights.
    if (!isWholeRun || !isInstalled("kubectl")) this.skip();
    const unused = rights.filter((right) => !calls.some((call) => isRightFor(right, call)));
    assert.deepEqual(unused.map(show), []);
  });

  it("wrote to no protected namespace, and to no pod, workload or claim that has not opted in, but labels", async () => {
    const policy = await readPolicy();
    const writes = calls.filter(
      ({ verb, httpStatus, isDenied }) => WRITES.has(verb) && !isDenied && httpStatus < 300,
    );
    const faults = writes.filter((call) => {
      const isOwnState = rights.some((right) => right.name !== null && isRightFor(right, call));
      if (isOwnState) return false;
      if (isProtected(call.namespace, policy)) return true;
      if (call.user !== `${PREFIX}resource-patch` || call.resource === "events") return false;
      const { labels = {}, ownerLabels = [], podLabels = [] } = call.target ?? {};
      return !isManaged([labels, ...ownerLabels, ...podLabels], policy);
    });
    assert.deepEqual(faults, []);
  });
});
