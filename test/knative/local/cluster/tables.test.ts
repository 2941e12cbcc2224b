import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call } from "./http.ts";

/** What a real API server printed of objects that no controller had touched. */
type Table = { path: string; columns: string[]; rows: string[][] };
type Given = { path: string; body: unknown };
type Definition = { name: string; type: string; format: string; priority: number };

const lines = readFileSync(join(import.meta.dirname, "real-answers", "tables.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Table | Given);
const objects = lines.filter((line): line is Given => "body" in line);
const tables = lines.filter((line): line is Table => "columns" in line);

const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** What differs from server to server and from second to second is replaced by its name. */
const shown = (cell: unknown): string =>
  String(cell)
    .replace(/^(\d+[smhd])+$/, "<age>")
    .replace(/^\d{4}-\d\d-\d\dT.*Z$/, "<time>")
    .replace(/^10\.\d+\.\d+\.\d+$/, "<ip>")
    .replaceAll(/:3\d{4}\//g, ":<np>/");

// Recorded on 2026-11-21 from kube-apiserver 1.36.3.
describe("the tables that kubectl prints", () => {
  let cluster: Cluster;
  before(async () => {
    const scenario = parseScenario({ nodes: [{ name: "one", cpu: "4", memory: "8Gi" }] });
    cluster = await startCluster({ port: 0, scenario });
    await call(cluster, "POST", "/api/v1/namespaces", { body: { metadata: { name: "tb" } } });
    for (const { path, body } of objects) {
      const { code } = await call(cluster, "POST", path, { body });
      assert.equal(code, 201, path);
    }
  });
  after(() => cluster.close());

  for (const { path, columns, rows } of tables) {
    it(`of ${path} are the real ones`, async () => {
      const { body } = await call(cluster, "GET", `${path}?includeObject=None`, {
        accept: asTable,
      });
      const definitions: Definition[] = body.columnDefinitions;
      assert.deepEqual(
        definitions.map(({ name, type, format, priority }) =>
          [name, type, format, priority].join("|"),
        ),
        columns,
      );
      const cells: unknown[][] = body.rows.map((row: { cells: unknown[] }) => row.cells);
      assert.deepEqual(
        cells.map((row) => row.map(shown)),
        rows,
      );
    });
  }
});
