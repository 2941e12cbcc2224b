import { matrix } from "./fake-server.ts";

const [CPU_MILLIS, MEMORY_BYTES] = [20, 20 * 2 ** 20];

/** What Prometheus says of containers named `app` after a week of 20 m and 20 MiB each. */
export function quietWeek(query: string, endSeconds: number): string {
  const series = (stat: string, value: number, step: number, count: number) => ({
    container: "app",
    stat,
    values: Array.from({ length: count }, (_, index): [number, string] => [
      endSeconds - (count - 1 - index) * step,
      String(value),
    ]),
  });
  if (query.includes("kubelet_volume_stats")) return matrix([]);
  if (query.includes('"cpu"')) {
    return matrix([series("cpu", CPU_MILLIS, 60, 60), series("memory", MEMORY_BYTES, 60, 60)]);
  }
  if (query.includes('"mean"')) {
    const [peak, mean] = ["peak", "mean"].map((stat) => series(stat, CPU_MILLIS, 300, 2304));
    return matrix([peak, mean].filter((one) => one !== undefined));
  }
  return matrix([series("peak", MEMORY_BYTES, 300, 2304)]);
}

/** What it says when each claim that is asked for is full but for a tenth of its first GiB. */
export function nearlyFull(query: string, endSeconds: number): string {
  if (!query.includes("kubelet_volume_stats")) return matrix([]);
  const claims = /persistentvolumeclaim=~"([^"]*)"/.exec(query)?.[1]?.split("|") ?? [];
  const result = claims.map((persistentvolumeclaim) => ({
    metric: { persistentvolumeclaim },
    values: [[endSeconds, String(0.9 * 2 ** 30)]],
  }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
}
