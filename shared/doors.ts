import type { ServerResponse } from "node:http";
import { refuse, sendJson, toRefusal } from "./answer.ts";
import { AppError } from "./errors.ts";
import type { Door, DoorRequest, FunctionSpec } from "./function.ts";
import type { Metrics } from "./metrics.ts";

/** The doors of a function, by exact path. */
export type Doors = {
  find(method: string, path: string): Door | undefined;
  /** What the path may be asked with; empty when there is no door. */
  methods(path: string): string[];
  answer(door: Door, request: DoorRequest, response: ServerResponse): void;
};

export function createDoors(
  { doors = [], log }: Pick<FunctionSpec, "doors" | "log">,
  { metrics, busy }: { metrics: Metrics; busy: Set<Promise<void>> },
): Doors {
  const byPath = new Map<string, Door[]>();
  for (const door of doors) byPath.set(door.path, [...(byPath.get(door.path) ?? []), door]);

  const answer = async (
    door: Door,
    request: DoorRequest,
    response: ServerResponse,
  ): Promise<void> => {
    try {
      const { status, headers = {}, json } = await door.handle(request);
      const flat = Object.entries(headers).flat();
      if (json === undefined) response.writeHead(status, flat).end();
      else sendJson(response, status, flat, json);
    } catch (error) {
      const refusal = toRefusal(error);
      refuse(response, refusal);
      metrics.refused(refusal.code);
      const fields = { path: door.path, code: refusal.code, status: refusal.status };
      if (error instanceof AppError) log.warn({ ...fields, reason: error.message }, "failed");
      else log.error({ ...fields, err: error }, "failed");
    }
  };
  return {
    find: (method, path) => byPath.get(path)?.find((door) => door.method === method),
    methods: (path) => byPath.get(path)?.map((door) => door.method) ?? [],
    answer(door, request, response) {
      const work = answer(door, request, response);
      busy.add(work);
      void work.finally(() => busy.delete(work));
    },
  };
}
