type MapType = "stringMap" | "bytesMap" | "quantityMap";
/** Type of one field: a scalar, a message that JSON has as a scalar, another message, or a map. */
export type FieldType = "string" | "bytes" | "int" | "bool" | "intOrString" | MapType | Message;
export type Field = { name: string; type: FieldType; repeated?: boolean };
export type Message = { readonly [number: number]: Field };

export const text = (name: string): Field => ({ name, type: "string" });
const texts = (name: string): Field => ({ name, type: "string", repeated: true });
const one = (name: string, type: FieldType): Field => ({ name, type });
const many = (name: string, type: FieldType): Field => ({ name, type, repeated: true });

const meta = one("metadata", {
  1: text("name"),
  2: text("generateName"),
  3: text("namespace"),
  5: text("uid"),
  6: text("resourceVersion"),
  11: one("labels", "stringMap"),
  12: one("annotations", "stringMap"),
});

const container: Message = {
  1: text("name"),
  2: text("image"),
  3: texts("command"),
  4: texts("args"),
  6: many("ports", {
    1: text("name"),
    2: one("hostPort", "int"),
    3: one("containerPort", "int"),
    4: text("protocol"),
    5: text("hostIP"),
  }),
  7: many("env", { 1: text("name"), 2: text("value") }),
  14: text("imagePullPolicy"),
};

const template: Message = {
  1: meta,
  2: one("spec", { 2: many("containers", container), 3: text("restartPolicy") }),
};

const selector: Message = { 1: one("matchLabels", "stringMap") };

const job: Message = {
  1: one("parallelism", "int"),
  2: one("completions", "int"),
  3: one("activeDeadlineSeconds", "int"),
  6: one("template", template),
  7: one("backoffLimit", "int"),
  8: one("ttlSecondsAfterFinished", "int"),
};

const rule: Message = {
  1: texts("verbs"),
  2: texts("apiGroups"),
  3: texts("resources"),
  4: texts("resourceNames"),
  5: texts("nonResourceURLs"),
};

const binding: Message = {
  1: meta,
  2: many("subjects", {
    1: text("kind"),
    2: text("apiGroup"),
    3: text("name"),
    4: text("namespace"),
  }),
  3: one("roleRef", { 1: text("apiGroup"), 2: text("kind"), 3: text("name") }),
};

const review: Message = {
  1: meta,
  2: one("spec", {
    1: one("resourceAttributes", {
      1: text("namespace"),
      2: text("verb"),
      3: text("group"),
      4: text("version"),
      5: text("resource"),
      6: text("subresource"),
      7: text("name"),
    }),
    2: one("nonResourceAttributes", { 1: text("path"), 2: text("verb") }),
  }),
};

/**
 * The messages that kubectl's own commands send (`create namespace`, `auth can-i` …): numbers from
 * the `generated.proto` files of k8s.io/api. Manifests come as JSON.
 */
export const protobufMessages: ReadonlyMap<string, Message> = new Map<string, Message>([
  ["v1/Namespace", { 1: meta }],
  [
    "v1/ConfigMap",
    {
      1: meta,
      2: one("data", "stringMap"),
      3: one("binaryData", "bytesMap"),
      4: one("immutable", "bool"),
    },
  ],
  [
    "v1/Secret",
    { 1: meta, 2: one("data", "bytesMap"), 3: text("type"), 4: one("stringData", "stringMap") },
  ],
  ["v1/ServiceAccount", { 1: meta }],
  [
    "apps/v1/Deployment",
    {
      1: meta,
      2: one("spec", {
        1: one("replicas", "int"),
        2: one("selector", selector),
        3: one("template", template),
      }),
    },
  ],
  [
    "v1/ResourceQuota",
    { 1: meta, 2: one("spec", { 1: one("hard", "quantityMap"), 2: texts("scopes") }) },
  ],
  [
    "policy/v1/PodDisruptionBudget",
    {
      1: meta,
      2: one("spec", {
        1: one("minAvailable", "intOrString"),
        2: one("selector", selector),
        3: one("maxUnavailable", "intOrString"),
      }),
    },
  ],
  [
    "scheduling.k8s.io/v1/PriorityClass",
    {
      1: meta,
      2: one("value", "int"),
      3: one("globalDefault", "bool"),
      4: text("description"),
      5: text("preemptionPolicy"),
    },
  ],
  ["batch/v1/Job", { 1: meta, 2: one("spec", job) }],
  [
    "batch/v1/CronJob",
    {
      1: meta,
      2: one("spec", {
        1: text("schedule"),
        2: one("startingDeadlineSeconds", "int"),
        3: text("concurrencyPolicy"),
        4: one("suspend", "bool"),
        5: one("jobTemplate", { 1: meta, 2: one("spec", job) }),
        6: one("successfulJobsHistoryLimit", "int"),
        7: one("failedJobsHistoryLimit", "int"),
      }),
    },
  ],
  ["rbac.authorization.k8s.io/v1/Role", { 1: meta, 2: many("rules", rule) }],
  ["rbac.authorization.k8s.io/v1/ClusterRole", { 1: meta, 2: many("rules", rule) }],
  ["rbac.authorization.k8s.io/v1/RoleBinding", binding],
  ["rbac.authorization.k8s.io/v1/ClusterRoleBinding", binding],
  ["authorization.k8s.io/v1/SelfSubjectAccessReview", review],
  [
    "authorization.k8s.io/v1/SelfSubjectRulesReview",
    { 1: meta, 2: one("spec", { 1: text("namespace") }) },
  ],
  ["authentication.k8s.io/v1/SelfSubjectReview", { 1: meta }],
  [
    "authentication.k8s.io/v1/TokenRequest",
    { 1: meta, 2: one("spec", { 1: texts("audiences"), 4: one("expirationSeconds", "int") }) },
  ],
  [
    "v1/DeleteOptions",
    {
      1: one("gracePeriodSeconds", "int"),
      2: one("preconditions", { 1: text("uid"), 2: text("resourceVersion") }),
      3: one("orphanDependents", "bool"),
      4: text("propagationPolicy"),
      5: texts("dryRun"),
    },
  ],
]);
