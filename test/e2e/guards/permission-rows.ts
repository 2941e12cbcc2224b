import { PauseRequested } from "../../../shared/events/order.ts";
import { LARGE, namespace, pod, workload } from "./manifests.ts";
import type { FreeRow, HeldRow, Row } from "./row.ts";

const allow = (name: string, allowedActions: string) => namespace(name, { allowedActions });
/** Nearly nothing of what it has. */
export const IDLE = { cpuMillis: 20, memoryBytes: 64 * 1024 ** 2 };
export const LOW = { percent: 3, band: "low" } as const;
/** The class that minds cost the most. */
const BRONZE = { "vigie.dev/managed": "true", "vigie.dev/sla": "bronze" };
const GOLD = { "vigie.dev/managed": "true", "vigie.dev/sla": "gold" };

/** Gold has windows that are closed. */
export const PERMISSION_ROWS: readonly Row[] = [
  {
    code: "PROTECTED_NAMESPACE",
    action: "resize",
    namespace: "knative-lab",
    reason: /^namespace knative-lab is protected by policy$/,
    objects: [allow("knative-lab", "resize"), workload("knative-lab")],
  },
  {
    code: "NOT_MANAGED",
    action: "resize",
    namespace: "not-managed",
    reason: /^neither the pod nor its workload has opted in to resizing$/,
    objects: [allow("not-managed", "resize"), workload("not-managed", { labels: {} })],
  },
  {
    code: "WORKLOAD_NOT_MANAGED",
    action: "patch-owner",
    namespace: "workload-not-managed",
    reason: /^the pod has opted in to resizing, Deployment app has not$/,
    objects: [
      allow("workload-not-managed", "patch-owner"),
      workload("workload-not-managed", { labels: {} }),
    ],
    async arrange({ kube, podOf }) {
      const { metadata } = await podOf("workload-not-managed");
      await kube("PATCH", `/api/v1/namespaces/workload-not-managed/pods/${metadata.name}`, {
        metadata: { labels: { "vigie.dev/managed": "true" } },
      });
    },
  },
  {
    code: "PAUSED",
    about: "a workload",
    action: "resize",
    namespace: "paused",
    reason: /^Deployment paused\/app is paused by ada: freeze$/,
    objects: [allow("paused", "resize"), workload("paused")],
    async arrange({ post, logged }) {
      const target = { scope: "workload", namespace: "paused", kind: "Deployment", name: "app" };
      await post(PauseRequested.type, "pause a workload", { target, by: "ada", note: "freeze" });
      await logged("pause a workload");
    },
  },
  {
    code: "BAD_OVERRIDE",
    action: "resize",
    namespace: "bad-override",
    reason: /^annotation vigie\.dev\/policy\.x=1: is no field that an annotation may set$/,
    // What narrows has to be right as a whole: a pod of nobody, so that there is but the resize.
    objects: [namespace("bad-override", { x: "1" }), pod("bad-override")],
  },
  {
    code: "ACTION_NOT_ALLOWED",
    action: "resize",
    namespace: "action-not-allowed",
    reason: /^resize is not among the actions allowed to it \(class silver\)$/,
    objects: [allow("action-not-allowed", ""), workload("action-not-allowed")],
  },
  {
    code: "OUTSIDE_WINDOW",
    about: "less",
    action: "resize",
    namespace: "outside-window-less",
    reason: /^it is not urgent, and now is outside the class's windows$/,
    objects: [
      allow("outside-window-less", "resize"),
      workload("outside-window-less", { labels: GOLD, sizes: LARGE }),
    ],
    load: LOW,
    used: IDLE,
  },
  {
    code: "OUTSIDE_WINDOW",
    about: "a rollout",
    action: "patch-owner",
    namespace: "outside-window-rollout",
    reason: /^it is not urgent, and now is outside the class's windows$/,
    objects: [
      allow("outside-window-rollout", "patch-owner"),
      workload("outside-window-rollout", { labels: GOLD }),
    ],
  },
];

/** The same without the obstacle, once for each kind of change; a guard's own exception is a twin, too. */
export const FREE_ROWS: readonly FreeRow[] = [
  {
    about: "more CPU in place",
    action: "resize",
    namespace: "free-resize",
    objects: [allow("free-resize", "resize"), workload("free-resize")],
  },
  {
    about: "more CPU in place, outside the windows",
    action: "resize",
    namespace: "free-window",
    objects: [allow("free-window", "resize"), workload("free-window", { labels: GOLD })],
  },
  {
    about: "less CPU in place",
    action: "resize",
    namespace: "free-less",
    objects: [allow("free-less", "resize"), workload("free-less", { sizes: LARGE })],
    load: LOW,
    used: IDLE,
  },
  {
    about: "less memory in place",
    action: "resize",
    namespace: "free-less-memory",
    objects: [allow("free-less-memory", "resize"), workload("free-less-memory", { sizes: LARGE })],
    load: { ...LOW, resource: "memory" },
    used: IDLE,
  },
  {
    about: "the template",
    action: "patch-owner",
    namespace: "free-patch-owner",
    objects: [allow("free-patch-owner", "patch-owner"), workload("free-patch-owner")],
  },
  {
    about: "more replicas",
    action: "scale-out",
    namespace: "free-scale-out",
    objects: [allow("free-scale-out", "scale-out"), workload("free-scale-out")],
  },
  {
    about: "fewer replicas",
    action: "scale-in",
    namespace: "free-scale-in",
    objects: [
      allow("free-scale-in", "scale-in"),
      workload("free-scale-in", { sizes: LARGE, replicas: 3, labels: BRONZE }),
    ],
    load: LOW,
    used: IDLE,
  },
];

const held = (mode: string, outcome: HeldRow["outcome"]): HeldRow => ({
  about: `mode ${mode}`,
  action: "resize",
  namespace: `mode-${mode}`,
  objects: [
    namespace(`mode-${mode}`, { allowedActions: "resize", mode }),
    workload(`mode-${mode}`),
  ],
  outcome,
});

export const HELD_ROWS: readonly HeldRow[] = [
  held("recommend", "recommend"),
  held("approve", "propose"),
];
