import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageEnv } from "../../../../functions/resource-patch/usage/env.ts";
import {
  createPrometheus,
  type Prometheus,
} from "../../../../functions/resource-patch/usage/prometheus.ts";
import { matrix } from "./fake-server.ts";

const range = { query: "up", startSeconds: 0, endSeconds: 60, stepSeconds: 60 };

describe("createPrometheus", () => {
  let folder: string;
  let undo: (() => void)[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vigie-"))));
  afterEach(() => {
    for (const step of undo.toReversed()) step();
    undo = [];
    rmSync(folder, { recursive: true });
  });

  const connect = (env: Record<string, string>): Prometheus => {
    const client = createPrometheus(UsageEnv.parse(env));
    assert.ok(client !== null);
    undo.push(() => client.close());
    return client;
  };
  const ask = (client: Prometheus) => client.queryRange(range, performance.now() + 30_000);

  it("is off without a URL", () => {
    assert.equal(createPrometheus(UsageEnv.parse({})), null);
  });

  it("keeps the path that the URL has", async () => {
    const paths: string[] = [];
    const server = createServer((socket) => {
      socket.once("data", (head) => {
        paths.push(head.toString("utf8").split(" ")[1] ?? "");
        answer(socket);
      });
    });
    const url = await listen(server);
    await ask(connect({ PROMETHEUS_URL: `${url}/monitoring/prometheus/` }));
    assert.deepEqual(paths, ["/monitoring/prometheus/api/v1/query_range"]);
  });

  it("asks again where the server has closed a pooled connection meanwhile", async () => {
    let questions = 0;
    const server = createServer((socket) => {
      let isUsed = false;
      socket.on("error", () => {});
      socket.on("data", () => {
        // The second question over a connection finds it closed.
        if (isUsed) return void socket.destroy();
        isUsed = true;
        questions += 1;
        answer(socket);
      });
    });
    const client = connect({ PROMETHEUS_URL: await listen(server) });
    for (let round = 0; round < 3; round += 1) await ask(client);
    assert.equal(questions, 3);
  });

  it("trusts the named authority over TLS, and no other server", async function () {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    try {
      const subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
      const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
      const out = ["-keyout", key, "-out", cert, "-days", "1"];
      execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...out], { stdio: "ignore" });
    } catch {
      this.skip();
    }
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        request.resume().on("end", () => response.end(matrix([])));
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const PROMETHEUS_URL = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(await ask(connect({ PROMETHEUS_URL, PROMETHEUS_CA_FILE: cert })), []);
    await assert.rejects(ask(connect({ PROMETHEUS_URL })), {
      name: "UsageFault",
      message: "Prometheus cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });

  async function listen(server: ReturnType<typeof createServer>): Promise<string> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    undo.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});

function answer(socket: Socket): void {
  const body = matrix([]);
  socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}
