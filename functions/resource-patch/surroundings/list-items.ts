import type { KubeClient } from "../../../shared/kube/client.ts";

type Page<T> = { metadata?: { continue?: string }; items: readonly T[] | null };

/** What `kubectl` and the informers ask for at a time. */
const PAGE_SIZE = "500";

/**
 * All objects of a collection, page by page, of each only what `pick` keeps.
 * @throws KubeError as the client does; 410 when the list expires between two pages.
 */
export async function listItems<Item, Kept>(
  kube: KubeClient,
  path: string,
  pick: (item: Item) => Kept,
  fieldSelector?: string,
): Promise<Kept[]> {
  const kept: Kept[] = [];
  let next: string | undefined;
  do {
    const page: Page<Kept> = await kube.request<Page<Kept>>({
      method: "GET",
      path,
      query: {
        limit: PAGE_SIZE,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...(next === undefined ? {} : { continue: next }),
      },
      pick: (item) => pick(item as Item),
    });
    kept.push(...(page.items ?? []));
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return kept;
}
