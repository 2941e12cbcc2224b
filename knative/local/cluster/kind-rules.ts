import { definitionCauses } from "./custom/definition-rules.ts";
import { deepEqual } from "./deep-equal.ts";
import { at, isRecord, own, textOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { forbiddenField, invalidValue, requiredField, unsupportedValue } from "./status-error.ts";
import type { Cause } from "./status-error.ts";

type Rule = (object: KubeObject) => Cause[];

const listAt = (object: unknown, ...path: string[]): unknown[] => {
  const list = at(object, ...path);
  return Array.isArray(list) ? list : [];
};

const pullPolicies: readonly string[] = ["Always", "IfNotPresent", "Never"];
const subjectKinds: readonly string[] = ["ServiceAccount", "User", "Group"];

function containerCauses(podSpec: unknown, path: string): Cause[] {
  return listAt(podSpec, "containers").flatMap((container, index) => {
    const policy = at(container, "imagePullPolicy");
    return policy === undefined || pullPolicies.some((each) => each === policy)
      ? []
      : [unsupportedValue(`${path}.containers[${index}].imagePullPolicy`, policy, pullPolicies)];
  });
}

/** Of a workload whose pods always run. */
const templateRule: Rule = (object) => {
  const path = "spec.template.spec";
  const restarts = at(object, "spec", "template", "spec", "restartPolicy") ?? "Always";
  return [
    ...containerCauses(at(object, "spec", "template", "spec"), path),
    ...(restarts === "Always"
      ? []
      : [unsupportedValue(`${path}.restartPolicy`, restarts, ["Always"])]),
  ];
};

const deploymentRule: Rule = (object) => {
  const { maxSurge, maxUnavailable } = Object(
    at(object, "spec", "strategy", "rollingUpdate") ?? {},
  );
  const isNone = (value: unknown): boolean => value === 0 || value === "0%";
  return [
    ...(isNone(maxSurge) && isNone(maxUnavailable)
      ? [
          invalidValue(
            "spec.strategy.rollingUpdate.maxUnavailable",
            maxUnavailable,
            "may not be 0 when `maxSurge` is 0",
          ),
        ]
      : []),
    ...templateRule(object),
  ];
};

const subjectsRule: Rule = (object) =>
  listAt(object, "subjects").flatMap((subject, index) => {
    const kind = textOf(at(subject, "kind"));
    return subjectKinds.includes(kind)
      ? []
      : [unsupportedValue(`subjects[${index}].kind`, kind, subjectKinds)];
  });

const rolesRule: Rule = (object) =>
  listAt(object, "rules").flatMap((rule, index) =>
    listAt(rule, "verbs").length > 0
      ? []
      : [requiredField(`rules[${index}].verbs`, "verbs must contain at least one value")],
  );

/** What a new object of a kind must say, in the words of its validation; no more than is often wrong. */
const rules: Readonly<Record<string, Rule>> = {
  "customresourcedefinitions.apiextensions.k8s.io": definitionCauses,
  "pods.": (object) => containerCauses(object["spec"], "spec"),
  "deployments.apps": deploymentRule,
  "replicasets.apps": templateRule,
  "statefulsets.apps": templateRule,
  "daemonsets.apps": templateRule,
  "services.": (object) =>
    ["ExternalName"].includes(textOf(at(object, "spec", "type"))) ||
    at(object, "spec", "clusterIP") === "None" ||
    listAt(object, "spec", "ports").length > 0
      ? []
      : [requiredField("spec.ports")],
  "persistentvolumeclaims.": (object) => [
    ...(listAt(object, "spec", "accessModes").length > 0
      ? []
      : [requiredField("spec.accessModes", "at least 1 access mode is required")]),
    ...(at(object, "spec", "resources", "requests", "storage") === undefined
      ? [requiredField("spec.resources[storage]")]
      : []),
  ],
  "cronjobs.batch": (object) => {
    const schedule = textOf(at(object, "spec", "schedule"));
    const fields = schedule.split(/\s+/).filter((field) => field !== "");
    if (schedule === "") return [requiredField("spec.schedule")];
    if (schedule.startsWith("@") || fields.length === 5) return [];
    const why = `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
    return [invalidValue("spec.schedule", schedule, why)];
  },
  "roles.rbac.authorization.k8s.io": rolesRule,
  "clusterroles.rbac.authorization.k8s.io": rolesRule,
  "rolebindings.rbac.authorization.k8s.io": subjectsRule,
  "clusterrolebindings.rbac.authorization.k8s.io": subjectsRule,
};

export const kindCauses = (object: KubeObject, resource: Resource): Cause[] =>
  own(rules, resource.storage)?.(object) ?? [];

/** Fields of a StatefulSet's spec that may change, as its validation lists them. */
const statefulFields: readonly string[] = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

function frozen(spec: unknown, free: readonly string[]): unknown {
  const entries = Object.entries(isRecord(spec) ? spec : {});
  return Object.fromEntries(entries.filter(([field]) => !free.includes(field)));
}

/** What an object of a kind may never change. */
export function kindUpdateCauses(
  before: KubeObject,
  after: KubeObject,
  { storage }: Resource,
): Cause[] {
  if (storage === "statefulsets.apps") {
    const [old, now] = [
      frozen(before["spec"], statefulFields),
      frozen(after["spec"], statefulFields),
    ];
    const listed = statefulFields.slice(0, -1).map((field) => `'${field}'`);
    const why = `updates to statefulset spec for fields other than ${listed.join(", ")} and 'minReadySeconds' are forbidden`;
    return deepEqual(old, now) ? [] : [forbiddenField("spec", why)];
  }
  if (/^(cluster)?rolebindings\./.test(storage)) {
    if (deepEqual(before["roleRef"], after["roleRef"])) return [];
    const { apiGroup, kind, name } = Object(after["roleRef"] ?? {});
    const shown = { APIGroup: textOf(apiGroup), Kind: textOf(kind), Name: textOf(name) };
    return [invalidValue("roleRef", shown, "cannot change roleRef")];
  }
  return [];
}
