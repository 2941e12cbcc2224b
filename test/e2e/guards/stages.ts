import { PauseRequested, ResumeRequested } from "../../../shared/events/order.ts";
import type { Policy } from "../../../shared/policy-schema.ts";
import type { Lab } from "./lab.ts";
import { MANAGED, namespace, type Sizes, workload } from "./manifests.ts";
import type { FreeRow, HeldRow, Manifest, Row } from "./row.ts";

/** What holds for all workloads at once: one after the other. */
type Stage = {
  about: string;
  /** From the policy of the stage before. */
  policy?: (policy: Policy) => void;
  begin?: (lab: Lab) => Promise<void>;
  end?: (lab: Lab) => Promise<void>;
  rows: readonly Row[];
  free: readonly FreeRow[];
  held: readonly HeldRow[];
};

const resize = (
  name: string,
  more: Manifest[] = [],
): Pick<Row, "action" | "namespace" | "objects"> => ({
  action: "resize",
  namespace: name,
  objects: [namespace(name, { allowedActions: "resize" }), workload(name), ...more],
});

const order = async (lab: Lab, type: string, id: string, note: string) => {
  await lab.post(type, id, { target: { scope: "all" }, by: "ada", note });
  await lab.logged(id);
};

const ofZone = (
  name: string,
  sizes: Sizes,
  labels: Record<string, string> = {},
): Pick<Row, "action" | "namespace" | "objects" | "isReview"> => ({
  action: "patch-owner",
  namespace: name,
  objects: [
    namespace(name, { allowedActions: "patch-owner" }),
    workload(name, { sizes, workload: { labels: { ...MANAGED, ...labels } } }),
  ],
  isReview: true,
});
const sizesOf = (request: string, limit: string): Sizes => ({
  requests: { cpu: request, memory: "64Mi" },
  limits: { cpu: limit, memory: "128Mi" },
});

const vpa = (inNamespace: string, container: string, cpu: string): Manifest => ({
  apiVersion: "autoscaling.k8s.io/v1",
  kind: "VerticalPodAutoscaler",
  metadata: { name: "advice", namespace: inNamespace },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    updatePolicy: { updateMode: "Off" },
  },
  status: {
    recommendation: { containerRecommendations: [{ containerName: container, target: { cpu } }] },
  },
});

export const STAGES: readonly Stage[] = [
  {
    about: "while somebody has paused everything",
    begin: (lab) => order(lab, PauseRequested.type, "pause all", "freeze"),
    end: (lab) => order(lab, ResumeRequested.type, "resume all", "over"),
    rows: [
      {
        ...resize("paused-all"),
        code: "PAUSED",
        about: "all, by an event",
        reason: /^everything is paused by ada: freeze$/,
      },
    ],
    free: [],
    held: [],
  },
  {
    about: "under a policy that is paused",
    policy: (policy) => {
      policy.paused = true;
    },
    rows: [
      {
        ...resize("paused-by-policy"),
        code: "PAUSED",
        about: "all, by policy",
        reason: /^everything is paused by policy$/,
      },
    ],
    free: [],
    held: [],
  },
  {
    about: "once the changes of the hour are spent",
    policy: (policy) => {
      policy.paused = false;
      // Those of the rows before are more.
      policy.changesPerHour = 1;
    },
    rows: [
      {
        ...resize("budget-of-all"),
        code: "BUDGET_SPENT",
        about: "of all in an hour",
        reason: /^\d+ changes? of all workloads in an hour: that is the policy's budget$/,
      },
    ],
    free: [],
    held: [],
  },
  {
    about: "with the strategy recommend-only",
    policy: (policy) => {
      policy.changesPerHour = 600;
      policy.strategy = "recommend-only";
    },
    rows: [],
    free: [],
    held: [
      { ...resize("recommend-only"), about: "the strategy recommend-only", outcome: "recommend" },
    ],
  },
  {
    about: "with the strategy cluster-zone",
    policy: (policy) => {
      policy.strategy = "cluster-zone";
    },
    rows: [
      {
        ...resize("not-by-load"),
        code: "NOT_BY_LOAD",
        reason:
          /^sizes follow the zone of the cluster, at its next review \(strategy cluster-zone\)$/,
      },
      {
        ...resize("not-built"),
        objects: [
          namespace("not-built", { allowedActions: "resize", mode: "approve" }),
          workload("not-built"),
        ],
        code: "NOT_BUILT",
        reason: /^mode approve: asking somebody is not built yet$/,
        beside: ["NOT_BY_LOAD"],
      },
      {
        ...ofZone("zone-unchanged", sizesOf("50m", "200m"), { patch: "low" }),
        code: "ZONE_UNCHANGED",
        reason: /^the cluster is still in zone low$/,
      },
      {
        // The zone's limit is below the request, and a limit goes no lower: they would be equal.
        ...ofZone("qos-would-change", sizesOf("100m", "200m")),
        code: "QOS_WOULD_CHANGE",
        reason: /^the QoS class of the pod would change with container app$/,
      },
    ],
    free: [{ ...ofZone("free-zone", sizesOf("50m", "200m")), about: "the limits of a zone" }],
    held: [],
  },
  {
    about: "with the strategy vpa, and nobody to count the changes",
    policy: (policy) => {
      policy.strategy = "vpa";
    },
    async begin({ kube }) {
      await kube("DELETE", "/api/v1/namespaces/vigie/configmaps/resource-patch-changes");
    },
    rows: [
      {
        ...resize("no-vpa-target"),
        code: "NO_VPA_TARGET",
        reason: /^no VerticalPodAutoscaler of mode Off recommends anything for Deployment app$/,
      },
      {
        ...resize("other-vpa-target", [vpa("other-vpa-target", "other", "300m")]),
        code: "NO_VPA_TARGET",
        about: "of other containers",
        reason: /^VerticalPodAutoscaler advice says nothing of these containers$/,
      },
      {
        ...resize("at-vpa-target", [vpa("at-vpa-target", "app", "100m")]),
        code: "AT_VPA_TARGET",
        reason: /^the requests are what VerticalPodAutoscaler advice recommends, or as near/,
      },
      {
        action: "patch-owner",
        namespace: "budget-unknown",
        objects: [
          namespace("budget-unknown", { allowedActions: "patch-owner" }),
          workload("budget-unknown"),
          vpa("budget-unknown", "app", "150m"),
        ],
        code: "BUDGET_UNKNOWN",
        reason: /^patch-owner is not done while nobody counts the changes$/,
      },
    ],
    free: [
      {
        ...resize("free-vpa", [vpa("free-vpa", "app", "150m")]),
        about: "the target of a VerticalPodAutoscaler",
      },
    ],
    held: [],
  },
];
