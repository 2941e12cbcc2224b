import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takePort, giveBackPort } from "../../knative/local/serving/free-port.ts";
import { type RunningFunction, runFunction } from "../functions/run-function.ts";
import { isInstalled, waitFor } from "./runtime.ts";

const program = ["prometheus-alertmanager", "alertmanager"].find(isInstalled);
const ALERTS = 20;

/** As prometheus/alertmanager.yaml groups, with short intervals. */
const config = (url: string) => ({
  route: {
    receiver: "vigie",
    group_by: ["namespace", "pod", "resource", "alertname"],
    group_wait: "0s",
    group_interval: "1s",
    repeat_interval: "1h",
  },
  receivers: [{ name: "vigie", webhook_configs: [{ url: `${url}/alerts`, send_resolved: true }] }],
});

describe("the sink is down while Alertmanager sends", function () {
  this.timeout(90_000);
  let folder: string;
  let alertmanager: ChildProcess;
  let source: RunningFunction;
  let sink: Server | undefined;
  let api: string;
  let ports: number[] = [];
  const received: { type: unknown; subject: unknown; id: unknown }[] = [];

  const listen = async () => {
    sink = createServer((request, response) => {
      const [type, subject, id] = ["ce-type", "ce-subject", "ce-id"].map(
        (name) => request.headers[name],
      );
      received.push({ type, subject, id });
      request.resume().on("end", () => response.writeHead(202).end());
    });
    await once(sink.listen(ports[0], "127.0.0.1"), "listening");
  };

  before(async function () {
    // Pending by name: Debian's prometheus-alertmanager.
    if (program === undefined) this.skip();
    folder = mkdtempSync(join(tmpdir(), "vigie-sink-"));
    ports = [await takePort(), await takePort()];
    source = await runFunction("alert-source", { K_SINK: `http://127.0.0.1:${ports[0]}/` });
    const file = join(folder, "alertmanager.yaml");
    writeFileSync(file, JSON.stringify(config(source.url)));
    api = `http://127.0.0.1:${ports[1]}`;
    alertmanager = spawn(
      program,
      [
        `--config.file=${file}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${ports[1]}`,
        "--cluster.listen-address=",
      ],
      { stdio: "ignore" },
    );
    await waitFor("Alertmanager", async () => {
      const answer = await fetch(`${api}/-/ready`).catch(() => null);
      return answer?.ok === true;
    });
  });
  after(async () => {
    if (alertmanager?.exitCode === null) {
      const exited = once(alertmanager, "exit");
      alertmanager.kill("SIGKILL");
      await exited;
    }
    await source?.stop();
    sink?.closeAllConnections();
    sink?.close();
    ports.forEach(giveBackPort);
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const tell = async (endsAt: string) => {
    const alerts = Array.from({ length: ALERTS }, (_, index) => ({
      labels: {
        alertname: "PodLoadHigh",
        load: "high",
        resource: "cpu",
        namespace: "shop",
        pod: `cart-${index}`,
      },
      annotations: { ratio: "0.92" },
      startsAt: new Date(Date.now() - 1_000).toISOString(),
      endsAt,
    }));
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(alerts);
    const answer = await fetch(`${api}/api/v2/alerts`, { method: "POST", headers, body });
    assert.equal(answer.status, 200, await answer.text());
  };
  /** Flushes that Alertmanager has given up: it tried again and again for 10 s. */
  const failed = async () => {
    const text = await (await fetch(`${api}/metrics`)).text();
    const line = /^alertmanager_notifications_failed_total\{[^}]*"webhook"[^}]*\} (\d+)$/gm;
    return [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const subjects = (type: string) =>
    new Set(
      received.filter((event) => event.type === `dev.vigie.alert.${type}.v1`).map((e) => e.subject),
    );

  it("loses none of the alerts, and each fact has one id", async () => {
    await tell(new Date(Date.now() + 600_000).toISOString());
    // Longer than a flush: every group has failed once, and is waiting for its next one.
    await waitFor("every flush to fail", async () => (await failed()) >= ALERTS);
    assert.deepEqual(received, []);
    assert.match(source.output(), /SINK_UNAVAILABLE/);
    await listen();
    await waitFor("every alert", () => subjects("fired").size === ALERTS);
    await tell(new Date().toISOString());
    await waitFor("every end", () => subjects("resolved").size === ALERTS);
    const ids = new Set(received.map(({ id }) => id));
    assert.equal(ids.size, 2 * ALERTS);
  });
});
