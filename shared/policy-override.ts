import { DecisionPolicy, Mode } from "./policy-class.ts";
import { Action } from "./policy-words.ts";

type Annotations = Readonly<Record<string, string>>;

const MODE_KEY = "vigie.dev/mode";
const FIELD_PREFIX = "vigie.dev/policy.";

/** From the one that does most. */
const MODES: readonly string[] = ["auto", "approve", "recommend"];

/**
 * The policy of a workload, narrowed by annotations, and a sentence for each that is not taken:
 * unknown, no value of its field, or wider than the class allows.
 */
export type Narrowed = { policy: DecisionPolicy; faults: string[] };

/** Those annotations that speak of the policy, to be kept with a situation. */
export function policyAnnotations(annotations: Annotations = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key === MODE_KEY || key.startsWith(FIELD_PREFIX)),
  );
}

/**
 * A class narrowed by annotations: those of the namespace, then the workload's, then the pod's.
 * Whoever may annotate a workload may ask for less than its class allows, never for more.
 */
export function narrow(policy: DecisionPolicy, sources: readonly Annotations[]): Narrowed {
  let narrowed = policy;
  // A pod may say what its workload says, and one that has none is its own workload: said once.
  const faults = new Set<string>();
  for (const source of sources) {
    for (const [key, value] of Object.entries(policyAnnotations(source))) {
      const result = apply(narrowed, key, value);
      if (typeof result === "string") faults.add(`annotation ${key}=${shorten(value)}: ${result}`);
      else narrowed = result;
    }
  }
  if (narrowed === policy) return { policy, faults: [...faults] };
  // Each may be valid alone, and min above max together.
  const whole = DecisionPolicy.safeParse(narrowed);
  if (!whole.success) {
    const [issue] = whole.error.issues;
    faults.add(`annotations: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is invalid"}`);
  }
  return { policy: faults.size === 0 ? narrowed : policy, faults: [...faults] };
}

/** The narrowed policy, or why not. */
function apply(policy: DecisionPolicy, key: string, value: string): DecisionPolicy | string {
  const { cpu, memory, replicas } = policy;
  switch (key === MODE_KEY ? "mode" : key.slice(FIELD_PREFIX.length)) {
    case "mode":
      return withMode(policy, value);
    case "allowedActions":
      return withActions(policy, value);
    case "cooldownUpSeconds":
      return within(value, policy.cooldownUpSeconds, 86_400, (cooldownUpSeconds) => ({
        ...policy,
        cooldownUpSeconds,
      }));
    case "cooldownDownSeconds":
      return within(value, policy.cooldownDownSeconds, 86_400, (cooldownDownSeconds) => ({
        ...policy,
        cooldownDownSeconds,
      }));
    case "cpu.minMillis":
      return within(value, cpu.minMillis, cpu.maxMillis, (minMillis) => ({
        ...policy,
        cpu: { ...cpu, minMillis },
      }));
    case "cpu.maxMillis":
      return within(value, cpu.minMillis, cpu.maxMillis, (maxMillis) => ({
        ...policy,
        cpu: { ...cpu, maxMillis },
      }));
    case "memory.minMebibytes":
      return within(value, memory.minMebibytes, memory.maxMebibytes, (minMebibytes) => ({
        ...policy,
        memory: { ...memory, minMebibytes },
      }));
    case "memory.maxMebibytes":
      return within(value, memory.minMebibytes, memory.maxMebibytes, (maxMebibytes) => ({
        ...policy,
        memory: { ...memory, maxMebibytes },
      }));
    case "memory.canShrink":
      if (value === "false") return { ...policy, memory: { ...memory, canShrink: false } };
      return "can only be false";
    case "replicas.min":
      return within(value, replicas.min, replicas.max, (min) => ({
        ...policy,
        replicas: { ...replicas, min },
      }));
    case "replicas.max":
      return within(value, replicas.min, replicas.max, (max) => ({
        ...policy,
        replicas: { ...replicas, max },
      }));
    default:
      return "is no field that an annotation may set";
  }
}

function withMode(policy: DecisionPolicy, value: string): DecisionPolicy | string {
  const mode = Mode.safeParse(value);
  if (!mode.success) return "must be auto, approve or recommend";
  return MODES.indexOf(mode.data) < MODES.indexOf(policy.mode)
    ? `does more than mode ${policy.mode}, which is what the class allows`
    : { ...policy, mode: mode.data };
}

/** "resize,scale-out"; empty for none. */
function withActions(policy: DecisionPolicy, value: string): DecisionPolicy | string {
  const allowedActions: Action[] = [];
  for (const name of value.split(",").map((part) => part.trim())) {
    if (name === "") continue;
    const action = Action.safeParse(name);
    if (!action.success) return `${shorten(name)} is no action`;
    if (!policy.allowedActions.includes(action.data)) return `the class does not allow ${name}`;
    allowedActions.push(action.data);
  }
  return { ...policy, allowedActions };
}

function within(
  value: string,
  min: number,
  max: number,
  put: (amount: number) => DecisionPolicy,
): DecisionPolicy | string {
  const amount = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return amount >= min && amount <= max
    ? put(amount)
    : `must be a whole number from ${min} to ${max}, which is what the class allows`;
}

/** Annotations may be of any length, and are told in events. */
function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
