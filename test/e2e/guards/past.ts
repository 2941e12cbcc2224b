import { type Asked, startFake } from "../../functions/resource-patch/usage/fake-server.ts";
import type { Used } from "./row.ts";

type Series = { metric: Record<string, string>; values: [number, string][] };

/** A Prometheus whose memory is a straight line for each namespace, for as long as it is asked. */
export function startPast(used: ReadonlyMap<string, Used>) {
  return startFake((asked) =>
    JSON.stringify({
      status: "success",
      data: { resultType: "matrix", result: answer(asked, used) },
    }),
  );
}

function answer({ form }: Asked, used: ReadonlyMap<string, Used>): Series[] {
  const query = form.get("query") ?? "";
  const known = used.get(/namespace="([^"]+)"/.exec(query)?.[1] ?? "");
  if (known === undefined) return [];
  const [start, end, step] = ["start", "end", "step"].map((name) => Number(form.get(name)));
  const line = (metric: Record<string, string>, amount: number): Series => {
    const values: [number, string][] = [];
    for (let at = start ?? 0; at <= (end ?? 0); at += step || 60) values.push([at, String(amount)]);
    return { metric, values };
  };
  const claim = /persistentvolumeclaim=~"([^"]+)"/.exec(query)?.[1];
  if (claim !== undefined) {
    return known.volumeBytes === undefined
      ? []
      : [line({ persistentvolumeclaim: claim.replaceAll("\\", "") }, known.volumeBytes)];
  }
  const stats = [...query.matchAll(/"vigie_stat", "([a-z]+)"/g)].map(([, stat = ""]) => stat);
  const isMemory = stats.includes("oom");
  return stats
    .filter((stat) => stat !== "oom")
    .map((stat) => {
      const isBytes = stat === "memory" || isMemory;
      return line(
        { container: "app", vigie_stat: stat },
        isBytes ? known.memoryBytes : known.cpuMillis,
      );
    });
}
