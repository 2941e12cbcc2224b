import { apiVersionOf } from "../resource.ts";
import { findResource, resourceOf, resources } from "../resources.ts";
import type { Resource } from "../resource.ts";
import { at } from "../kube-object.ts";

/** The kinds of one cluster: those that are always served, and those of its definitions. */
export class ServedKinds {
  readonly #custom = new Map<string, readonly Resource[]>();

  /** Puts the kinds of a definition in the place of those it had. */
  define(definition: string, kinds: readonly Resource[]): void {
    // What is always served stays as it is.
    this.#custom.set(
      definition,
      kinds.filter(
        ({ group, version, plural }) => findResource(group, version, plural) === undefined,
      ),
    );
  }

  forget(definition: string): void {
    this.#custom.delete(definition);
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return (
      findResource(group, version, plural) ??
      this.custom().find(
        (each) => each.group === group && each.version === version && each.plural === plural,
      )
    );
  }

  /** The kind of an object by its `apiVersion` and `kind`; undefined when it is not served. */
  of(object: unknown): Resource | undefined {
    return (
      resourceOf(object) ??
      this.custom().find(
        (each) =>
          each.kind === at(object, "kind") && apiVersionOf(each) === at(object, "apiVersion"),
      )
    );
  }

  custom(): Resource[] {
    return [...this.#custom.values()].flat();
  }

  all(): readonly Resource[] {
    return this.#custom.size === 0 ? resources : [...resources, ...this.custom()];
  }
}
