import { itAllows, itForbids } from "./guards/facts.ts";
import { labPolicy, labScenario } from "./guards/lab-cluster.ts";
import { type Lab, startLab } from "./guards/lab.ts";
import { LARGE, namespace, workload } from "./guards/manifests.ts";
import { IDLE, LOW } from "./guards/permission-rows.ts";
import { type Played, play } from "./guards/play.ts";
import { type FreeRow, type Row, usedIn } from "./guards/row.ts";

const more: FreeRow = {
  about: "more CPU in place",
  action: "resize",
  namespace: "more",
  objects: [namespace("more", { allowedActions: "resize" }), workload("more")],
};
const template: FreeRow = {
  about: "the template",
  action: "patch-owner",
  namespace: "template",
  objects: [namespace("template", { allowedActions: "patch-owner" }), workload("template")],
};
const lessMemory: Omit<Row, "code" | "reason"> = {
  about: "less memory",
  action: "resize",
  namespace: "less-memory",
  objects: [
    namespace("less-memory", { allowedActions: "resize" }),
    workload("less-memory", { sizes: LARGE }),
  ],
  load: { ...LOW, resource: "memory" },
  used: IDLE,
};

/** Where the API server itself is too old for it, with what it can do all the same. */
const SERVERS: readonly { version: string; row: Row; free: FreeRow }[] = [
  {
    version: "v1.32.4",
    row: {
      ...more,
      code: "TOO_OLD_FOR_RESIZE",
      reason: /^the API server is 1\.32; resizing in place needs 1\.33$/,
    },
    free: template,
  },
  {
    version: "v1.33.2",
    row: {
      ...lessMemory,
      code: "MEMORY_DOWN_UNSAFE",
      reason: /^a memory limit goes down in place from 1\.34 on, and the API server is 1\.33$/,
    },
    free: more,
  },
];

describe("guards of an older cluster", function () {
  this.timeout(120_000);
  for (const { version, row, free } of SERVERS) {
    describe(version, () => {
      let lab: Lab;
      let played: Played;
      before(async () => {
        const scenario = { ...labScenario([row, free]), kubernetesVersion: version };
        lab = await startLab({ scenario, policy: labPolicy, used: usedIn([row, free]) });
        played = await play(lab, [row], [free]);
      });
      after(() => lab?.close());
      itForbids([row], () => played);
      itAllows([free], () => played);
    });
  }
});
