import { toTime } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { Change } from "../change-feed.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { customResourceDefinitions } from "../resources.ts";
import type { Store } from "../store.ts";
import { kindsOf } from "./definition.ts";

/** Serves the kinds of each CustomResourceDefinition for as long as it is there. */
export function followDefinitions(store: Store, clock: Clock): void {
  store.subscribe(({ type, resource, object }: Change) => {
    if (resource.storage !== customResourceDefinitions.storage) return;
    const { name } = object.metadata;
    if (type !== "DELETED") {
      store.kinds.define(name, kindsOf(object));
      accept(store, clock, object);
      return;
    }
    for (const kind of kindsOf(object)) {
      for (const { metadata } of store.objects(kind)) {
        store.remove(kind, metadata.namespace, metadata.name);
      }
    }
    store.kinds.forget(name);
  });
}

/** Says of a definition that its kinds are served. */
function accept(store: Store, clock: Clock, definition: KubeObject): void {
  const names = at(definition, "spec", "names");
  const versions = at(definition, "spec", "versions");
  const stored = (Array.isArray(versions) ? versions : []).find(
    (version: unknown) => at(version, "storage") === true,
  );
  const known = at(definition, "status", "conditions");
  const isKnown = Array.isArray(known) && known.length > 0;
  const lastTransitionTime = toTime(clock.nowMs());
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime,
    reason,
    message,
  });
  const before = at(definition, "status", "storedVersions");
  const storedVersions = new Set([
    ...(Array.isArray(before) ? before.map(textOf) : []),
    textOf(at(stored, "name")),
  ]);
  store.update(customResourceDefinitions, {
    ...definition,
    status: {
      conditions: isKnown
        ? known
        : [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition(
              "Established",
              "InitialNamesAccepted",
              "the initial names have been accepted",
            ),
          ],
      acceptedNames: isRecord(names) ? names : {},
      storedVersions: [...storedVersions],
    },
  });
}
