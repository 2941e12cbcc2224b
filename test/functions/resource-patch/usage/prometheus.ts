import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** One series: a sample each `stepSeconds`, where `at` has one. */
export type Line = {
  metric: string;
  labels: Record<string, string>;
  stepSeconds?: number;
  fromSeconds?: number;
  at: (seconds: number) => number | null;
};

export type RealPrometheus = { url: string; stop(): Promise<void> };

const quoted = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** A text that promtool takes: each series in the order of time. */
function openMetrics(lines: readonly Line[], range: { from: number; to: number }): string {
  const rows: string[] = [];
  for (const { metric, labels, stepSeconds = 60, fromSeconds = range.from, at } of lines) {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
    for (let seconds = fromSeconds; seconds <= range.to; seconds += stepSeconds) {
      const value = at(seconds);
      if (value !== null) rows.push(`${metric}{${pairs.join(",")}} ${value} ${seconds}`);
    }
  }
  return `${rows.join("\n")}\n# EOF\n`;
}

/** The real program, on a free port, with a past of its own. */
export async function startPrometheus(
  lines: readonly Line[],
  range: { from: number; to: number },
): Promise<RealPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-prometheus-"));
  const input = join(folder, "input.txt");
  const data = join(folder, "data");
  const config = join(folder, "prometheus.yml");
  writeFileSync(input, openMetrics(lines, range));
  writeFileSync(config, "{}\n");
  // One block: by default it reads the whole input again for each two hours.
  const blocks = ["tsdb", "create-blocks-from", "openmetrics", "--quiet"];
  execFileSync("promtool", [...blocks, "--max-block-duration=384h", input, data], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      "--web.listen-address=127.0.0.1:0",
      "--storage.tsdb.retention.time=60d",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const url = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    let port: string | undefined;
    let isReady = false;
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`prometheus ended\n${said.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      port ??= /Listening on" address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      isReady ||= line.includes("Server is ready");
      if (isReady && port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  return {
    url,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
