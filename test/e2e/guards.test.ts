import assert from "node:assert/strict";
import type { DecisionRecord } from "../../shared/events/resources.ts";
import { labPolicy, labScenario } from "./guards/lab-cluster.ts";
import { type Lab, type Live, startLab } from "./guards/lab.ts";
import { NEED_ROWS } from "./guards/need-rows.ts";
import { FREE_ROWS, PERMISSION_ROWS } from "./guards/permission-rows.ts";
import { POD_ROWS } from "./guards/pod-rows.ts";
import { FREE_ROOM_ROWS, ROOM_ROWS } from "./guards/room-rows.ts";
import type { FreeRow, Row } from "./guards/row.ts";
import { SIZES_ROWS } from "./guards/sizes-rows.ts";
import { TIMING_ROWS } from "./guards/timing-rows.ts";
import { WORKLOAD_ROWS } from "./guards/workload-rows.ts";

const ROWS: readonly Row[] = [
  ...PERMISSION_ROWS,
  ...POD_ROWS,
  ...WORKLOAD_ROWS,
  ...NEED_ROWS,
  ...TIMING_ROWS,
  ...SIZES_ROWS,
  ...ROOM_ROWS,
];
const FREE: readonly FreeRow[] = [...FREE_ROWS, ...FREE_ROOM_ROWS];

/** What an action may write to. */
const WRITTEN = [
  "/api/v1/pods",
  "/api/v1/persistentvolumeclaims",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
  "/apis/apps/v1/daemonsets",
];

describe("each guard, from an event to the object", function () {
  this.timeout(120_000);
  let lab: Lab;
  const before_ = new Map<string, Live[]>();
  let after_: Live[];
  const told = new Map<string, DecisionRecord>();

  const written = async (): Promise<Live[]> =>
    (await Promise.all(WRITTEN.map((path) => lab.list(path)))).flat();
  const within = (objects: readonly Live[], namespace: string) =>
    objects.filter(({ metadata }) => metadata.namespace === namespace);

  before(async () => {
    const rows = [...ROWS, ...FREE];
    const used = new Map(
      rows.flatMap(({ namespace, used: use }) => (use === undefined ? [] : [[namespace, use]])),
    );
    lab = await startLab({ scenario: labScenario(rows), policy: labPolicy, used });
    await Promise.all(rows.map((row) => row.arrange?.(lab, row as Row)));
    // The list of all pods, which some guards need, is there from now on for those who do not wait.
    await lab.tell("warm", await lab.podOf("free-scale-out"), { percent: null });
    await lab.decided("warm");

    const first = async ({ namespace }: Row) => {
      await lab.tell(`first ${namespace}`, await lab.podOf(namespace));
      const record = await lab.decided(`first ${namespace}`);
      assert.equal(record.outcome, "act", JSON.stringify(record.alternatives));
      await lab.settled(record.id);
    };
    await Promise.all(ROWS.filter(({ isSecond }) => isSecond).map(first));
    const objects = await written();
    for (const { namespace } of rows) before_.set(namespace, within(objects, namespace));
    const tell = async ({ namespace, load }: Pick<Row, "namespace" | "load">) => {
      await lab.tell(namespace, await lab.podOf(namespace), load);
      told.set(namespace, await lab.decided(namespace));
    };
    await Promise.all(rows.map(tell));
    await Promise.all(
      FREE.map(async ({ namespace }) => {
        const record = told.get(namespace) as DecisionRecord;
        if (record.outcome === "act") await lab.settled(record.id);
      }),
    );
    after_ = await written();
  });
  after(() => lab?.close());

  for (const { code, about, action, namespace, reason, beside = [] } of ROWS) {
    it(`${code} forbids ${action}${about === undefined ? "" : ` (${about})`}`, () => {
      const { alternatives, chosen, outcome } = told.get(namespace) as DecisionRecord;
      const hits = alternatives.find((each) => each.action === action)?.guards;
      assert.deepEqual(
        hits?.map((hit) => hit.code).filter((each) => !beside.includes(each)),
        [code],
        JSON.stringify(alternatives, null, 1),
      );
      assert.match(hits?.find((hit) => hit.code === code)?.reason ?? "", reason);
      assert.deepEqual([chosen, outcome], ["keep", "keep"]);
      assert.deepEqual(within(after_, namespace), before_.get(namespace));
    });
  }

  for (const { about, action, namespace } of FREE) {
    it(`without an obstacle ${about}`, () => {
      const { alternatives, chosen, outcome } = told.get(namespace) as DecisionRecord;
      assert.deepEqual([chosen, outcome], [action, "act"], JSON.stringify(alternatives, null, 1));
      const generations = (objects: readonly Live[] | undefined) =>
        objects?.map(({ metadata }) => (metadata as { generation?: number }).generation);
      assert.notDeepEqual(
        [generations(within(after_, namespace)), within(after_, namespace).map(({ spec }) => spec)],
        [generations(before_.get(namespace)), before_.get(namespace)?.map(({ spec }) => spec)],
      );
    });
  }

  it("loses no event", () => assert.deepEqual(lab.deadLetters(), []));
});
