import type { CloudEvent } from "./cloud-event.ts";
import { createKeyOrder, type KeyOrder, type Place } from "./key-order.ts";
import type { EventStore, Item } from "./store/event-store.ts";

/** Of every ordered trigger, whose turn it is: one event of a partition key at a time. */
export type PartitionOrders = {
  /** Takes up whether a trigger is ordered; false when nothing has changed. */
  set(key: string, isOrdered: boolean): boolean;
  /** A trigger that is gone: whose turn it is does not matter any more. */
  drop(key: string): void;
  /** Whether an event of a trigger has to wait for another one. */
  waits(key: string, seq: number): boolean;
  /** Puts an event in line. */
  join(keys: readonly string[], event: CloudEvent, place: Place): void;
  /** Takes an event out of the line; gives the place of the one whose turn it is now, or null. */
  leave(key: string, item: Item): Place | null;
};

/** Events without a partition key come in no order, as those that Kafka spreads. */
export function createPartitionOrders(store: Pick<EventStore, "all">): PartitionOrders {
  const orders = new Map<string, KeyOrder>();

  function restored(key: string): KeyOrder {
    const order = createKeyOrder();
    for (const { place, event } of store.all(key)) {
      const partition = partitionOf(event);
      if (partition !== null) order.add(partition, place);
    }
    return order;
  }

  return {
    set(key, isOrdered) {
      if (isOrdered === orders.has(key)) return false;
      if (isOrdered) orders.set(key, restored(key));
      else orders.delete(key);
      return true;
    },
    drop: (key) => void orders.delete(key),
    waits: (key, seq) => orders.get(key)?.waits(seq) === true,
    join(keys, event, place) {
      const partition = partitionOf(event);
      if (partition === null) return;
      for (const key of keys) orders.get(key)?.add(partition, place);
    },
    leave(key, { seq, passage }) {
      const order = orders.get(key);
      const partition = order === undefined ? null : partitionOf(passage.event);
      return order === undefined || partition === null ? null : order.remove(partition, seq);
    },
  };
}

/** `K:data-plane`: the extension that Kafka's partitions are chosen by; null when there is none. */
function partitionOf({ attributes }: CloudEvent): string | null {
  return attributes.get("partitionkey") ?? null;
}
