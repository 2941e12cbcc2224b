import type { ControllerParts } from "./controller-parts.ts";
import { budgetStatus } from "./disruption-budget.ts";
import type { KubeObject } from "./kube-object.ts";
import { quotaStatus } from "./resource-quota.ts";
import {
  limitRanges,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  resourceQuotas,
} from "./resources.ts";
import type { Resource } from "./resource.ts";
import type { Change } from "./change-feed.ts";

/** As short as the other controllers wait for more changes. */
const settleMs = 5;

const counted: ReadonlySet<string> = new Set(
  [pods, persistentVolumeClaims, resourceQuotas, podDisruptionBudgets, limitRanges].map(
    ({ storage }) => storage,
  ),
);

/** Keeps the status of quotas and disruption budgets: what is used, what may still go. */
export class NamespaceAccounts {
  readonly #parts: ControllerParts;
  readonly #onRoom: (namespace: string) => void;
  readonly #dirty = new Set<string>();
  #cancel: (() => void) | null = null;

  /** `onRoom`: a namespace with rules may take pods now that it did not before. */
  constructor(parts: ControllerParts, onRoom: (namespace: string) => void) {
    this.#parts = parts;
    this.#onRoom = onRoom;
    parts.store.subscribe((change) => this.#follow(change));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dirty.clear();
  }

  #follow({ resource, object }: Change): void {
    const { store, clock } = this.#parts;
    if (!counted.has(resource.storage)) return;
    const hasRules = [resourceQuotas, podDisruptionBudgets, limitRanges].some(
      (rule) => store.count(rule) > 0 || rule.storage === resource.storage,
    );
    if (!hasRules) return;
    this.#dirty.add(object.metadata.namespace ?? "");
    this.#cancel ??= clock.after(settleMs, () => this.drain());
  }

  drain(): void {
    this.#cancel?.();
    this.#cancel = null;
    const namespaces = [...this.#dirty];
    this.#dirty.clear();
    const { store } = this.#parts;
    for (const namespace of namespaces) {
      this.#refresh(resourceQuotas, namespace, (quota) => quotaStatus(store, quota));
      this.#refresh(podDisruptionBudgets, namespace, (budget) => budgetStatus(store, budget));
      const isLimited =
        store.objects(resourceQuotas, namespace).length > 0 ||
        store.objects(limitRanges, namespace).length > 0;
      if (isLimited) this.#onRoom(namespace);
    }
  }

  #refresh(resource: Resource, namespace: string, statusOf: (object: KubeObject) => object): void {
    const { store } = this.#parts;
    for (const object of store.objects(resource, namespace)) {
      store.update(resource, { ...object, status: statusOf(object) });
    }
  }
}
