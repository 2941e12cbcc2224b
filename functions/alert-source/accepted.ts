/** The ids that the sink took from webhooks whose rest must come again, oldest first. */
export type Accepted = {
  has(id: string): boolean;
  add(ids: Iterable<string>): void;
  delete(ids: Iterable<string>): void;
};

/**
 * Alertmanager sends the whole group again when one alert of it failed; remembering the others
 * spares the broker their duplicates. An id is forgotten once its webhook has gone through, so that
 * a repeat hours later is sent again and can repair what was lost. Beyond `limit` the oldest go.
 */
export function createAccepted(limit: number): Accepted {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(more) {
      for (const id of more) {
        ids.delete(id);
        ids.add(id);
        if (ids.size <= limit) continue;
        for (const oldest of ids) {
          ids.delete(oldest);
          break;
        }
      }
    },
    delete(those) {
      for (const id of those) ids.delete(id);
    },
  };
}
