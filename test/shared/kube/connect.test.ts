import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { KubeError } from "../../../shared/kube/error.ts";

describe("createKubeClient", () => {
  let folder: string;
  let undo: (() => unknown)[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-"));
    undo = [];
  });
  afterEach(async () => {
    for (const one of undo) await one();
    rmSync(folder, { recursive: true });
  });

  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const config = (server: string, user: object = {}, cluster: object = {}) => ({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u", namespace: "team" } }],
    clusters: [{ name: "k", cluster: { server, ...cluster } }],
    users: [{ name: "u", user }],
  });
  const connect = (kubeconfig: object | string, timeoutMs = 30_000): KubeClient => {
    const text = typeof kubeconfig === "string" ? kubeconfig : JSON.stringify(kubeconfig);
    const kube = createKubeClient({ env: { KUBECONFIG: file("kubeconfig", text) }, timeoutMs });
    undo.push(() => kube.close());
    return kube;
  };
  /** A server that answers each request with the next of the answers, and then with the last. */
  const scripted = async (
    ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
  ) => {
    const seen: { method: string; url: string; authorization?: string; port: number }[] = [];
    const handler: RequestListener = (request, response) => {
      const { authorization } = request.headers;
      seen.push({
        method: request.method ?? "",
        url: request.url ?? "",
        port: request.socket.remotePort ?? 0,
        ...(authorization === undefined ? {} : { authorization }),
      });
      request.resume();
      answers[Math.min(seen.length, answers.length) - 1]?.(request, response);
    };
    return { seen, handler, url: `http://127.0.0.1:${await listen(createServer(handler))}` };
  };
  const ok = (_request: IncomingMessage, response: ServerResponse) => response.end('{"ok":true}');
  const status =
    (code: number, headers: Record<string, string> = {}, body: object = {}) =>
    (_request: IncomingMessage, response: ServerResponse) =>
      response.writeHead(code, headers).end(JSON.stringify(body));
  const get = { method: "GET", path: "/api/v1" } as const;

  it("sends token, query and body, over one connection", async () => {
    const { url, seen } = await scripted(ok);
    const kube = connect(config(url, { token: "secret" }));
    assert.equal(kube.namespace, "team");
    const env = { KUBECONFIG: join(folder, "kubeconfig"), POD_NAMESPACE: "vigie" };
    const inAnother = createKubeClient({ env });
    undo.push(() => inAnother.close());
    assert.equal(inAnother.namespace, "vigie");
    assert.deepEqual(await kube.request({ ...get, query: { labelSelector: "a=b,c" } }), {
      ok: true,
    });
    await kube.request({ method: "POST", path: "/x", body: { a: 1 } });
    assert.equal(seen[0]?.url, "/api/v1?labelSelector=a%3Db%2Cc");
    assert.equal(seen[0]?.authorization, "Bearer secret");
    assert.equal(seen[0]?.port, seen[1]?.port);
  });

  it("keeps the path of the server in front", async () => {
    const { url, seen } = await scripted(ok);
    await connect(config(`${url}/k8s/clusters/c-1/`)).request(get);
    assert.equal(seen[0]?.url, "/k8s/clusters/c-1/api/v1");
  });

  it("reads a kubeconfig in YAML", async () => {
    const { url } = await scripted(ok);
    const text = [
      "current-context: c",
      "contexts: [{name: c, context: {cluster: k, namespace: ns}}]",
      `clusters: [{name: k, cluster: {server: "${url}"}}]`,
    ].join("\n");
    const kube = connect(text);
    assert.deepEqual(await kube.request(get), { ok: true });
    assert.equal(kube.namespace, "ns");
  });

  it("reads a token file again when the token is refused", async () => {
    const { url, seen } = await scripted(ok, status(401), ok);
    const kube = connect(config(url, { tokenFile: "token" }, {}));
    file("token", "old\n");
    await kube.request(get);
    file("token", "new\n");
    await kube.request(get);
    assert.deepEqual(
      seen.map(({ authorization }) => authorization),
      ["Bearer old", "Bearer old", "Bearer new"],
    );
  });

  it("says what the API says when it refuses", async () => {
    const body = { kind: "Status", reason: "NotFound", message: 'pods "x" not found' };
    const { url } = await scripted(status(404, {}, body));
    await assert.rejects(connect(config(url)).request(get), (error: KubeError) => {
      assert.ok(error instanceof KubeError);
      const { httpStatus, reason, message, code, status: told } = error;
      assert.deepEqual(
        [httpStatus, reason, message, code, told],
        [404, "NotFound", 'pods "x" not found', "KUBE_NOT_FOUND", 422],
      );
      return true;
    });
  });

  for (const [httpStatus, told] of [
    [400, 422],
    [401, 503],
    [403, 422],
    [409, 503],
    [422, 422],
    [500, 503],
    [302, 503],
  ] as const) {
    it(`tells the broker ${told} for an unhandled ${httpStatus}, after one try of a POST`, async () => {
      const headers = { location: "http://127.0.0.1:1/elsewhere" };
      const { url, seen } = await scripted(status(httpStatus, headers));
      const sent = connect(config(url)).request({ method: "POST", path: "/x", body: {} });
      await assert.rejects(sent, { httpStatus, status: told });
      assert.equal(seen.length, httpStatus === 401 ? 2 : 1);
    });
  }

  it("tries again after 429 and 503 where that is safe", async () => {
    const busy = status(429, { "retry-after": "0" });
    const down = status(503, { "retry-after": "0" });
    const { url, seen } = await scripted(busy, down, ok);
    assert.deepEqual(await connect(config(url)).request(get), { ok: true });
    assert.equal(seen.length, 3);
    const post = await scripted(busy, down, ok);
    const sent = connect(config(post.url)).request({ method: "POST", path: "/x", body: {} });
    await assert.rejects(sent, { httpStatus: 503 });
    assert.equal(post.seen.length, 2);
  });

  it("does not wait longer than its time-out for a busy server", async () => {
    const { url, seen } = await scripted(status(429, { "retry-after": "60" }));
    const rejected = assert.rejects(connect(config(url)).request(get), {
      httpStatus: 429,
      retryAfterSeconds: 60,
      status: 503,
    });
    await rejected;
    assert.equal(seen.length, 1);
  });

  it("opens another connection when the server has closed the pooled one", async () => {
    const { url, seen } = await scripted(ok, (request) => request.socket.destroy(), ok);
    const kube = connect(config(url));
    await kube.request(get);
    assert.deepEqual(await kube.request(get), { ok: true });
    assert.equal(seen.length, 3);
  });

  it("gives up when there is no answer in time", async () => {
    const { url } = await scripted(() => {});
    const sent = connect(config(url), 50).request(get);
    await assert.rejects(sent, { httpStatus: 0, reason: "Timeout", status: 503 });
  });

  it("gives up when it is told to", async () => {
    const { url } = await scripted(() => abort.abort());
    const abort = new AbortController();
    const sent = connect(config(url)).request({ ...get, signal: abort.signal });
    await assert.rejects(sent, { httpStatus: 0, reason: "Aborted" });
  });

  it("says that nobody listens", async () => {
    const kube = connect(config("http://127.0.0.1:9"), 500);
    await assert.rejects(kube.request(get), { httpStatus: 0, code: "KUBE_UNREACHABLE" });
  });

  it("refuses an answer that is no JSON", async () => {
    const { url } = await scripted((_request, response) => response.end("<html>"));
    const kube = connect(config(url));
    await assert.rejects(kube.request(get), { reason: "NoJson", status: 503 });
    await assert.rejects(kube.request({ ...get, discard: true }), { reason: "NoJson" });
  });

  it("gives nothing of an answer that nobody asks for", async () => {
    const { url } = await scripted((_request, response) => response.end('{"kind":"Pod"}'));
    const kube = connect(config(url));
    assert.equal(await kube.request({ ...get, discard: true }), undefined);
    assert.deepEqual(await kube.request(get), { kind: "Pod" });
  });

  it("says at once that there is no cluster", () => {
    assert.throws(
      () => createKubeClient({ env: { HOME: folder } }),
      /no Kubernetes cluster: .*\.kube/,
    );
    const env = { KUBECONFIG: join(folder, "none") };
    assert.throws(() => createKubeClient({ env }), /no kubeconfig: .*none/);
    assert.throws(() => connect(config("ftp://x")), /kubeconfig: .*server/s);
    const lost = { ...config("http://x"), "current-context": "lost" };
    assert.throws(() => connect(lost), /no context "lost"/);
    const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", HOME: folder };
    assert.throws(
      () => createKubeClient({ env: inPod, serviceAccountFolder: folder }),
      /no service account/,
    );
  });

  describe("over TLS", () => {
    let key: string;
    let cert: string;
    beforeEach(function () {
      const keyFile = join(folder, "key.pem");
      const certFile = join(folder, "cert.pem");
      try {
        const subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
        const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        const out = ["-keyout", keyFile, "-out", certFile, "-days", "1"];
        execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...out], { stdio: "ignore" });
      } catch {
        this.skip();
      }
      key = readFileSync(keyFile, "utf8");
      cert = readFileSync(certFile, "utf8");
    });
    const secure = async (handler: RequestListener): Promise<number> => {
      const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false };
      return await listen(createTlsServer(options, handler));
    };

    it("logs in as the service account of the pod", async () => {
      let authorization: string | undefined;
      const port = await secure((request, response) => {
        authorization = request.headers.authorization;
        ok(request, response);
      });
      mkdirSync(join(folder, "sa"));
      file("sa/token", "pod-token");
      file("sa/ca.crt", cert);
      file("sa/namespace", "vigie");
      const kube = createKubeClient({
        env: { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(port) },
        serviceAccountFolder: join(folder, "sa"),
      });
      undo.push(() => kube.close());
      assert.deepEqual(await kube.request(get), { ok: true });
      assert.deepEqual([authorization, kube.namespace], ["Bearer pod-token", "vigie"]);
    });

    it("shows its client certificate, and trusts only the named authority", async () => {
      let isAuthorized = false;
      const port = await secure((request, response) => {
        isAuthorized = (request.socket as TLSSocket).authorized;
        ok(request, response);
      });
      const server = `https://127.0.0.1:${port}`;
      const user = { "client-certificate": "cert.pem", "client-key": "key.pem" };
      const ca = { "certificate-authority-data": Buffer.from(cert).toString("base64") };
      assert.deepEqual(await connect(config(server, user, ca)).request(get), { ok: true });
      assert.ok(isAuthorized);
      await assert.rejects(connect(config(server, user)).request(get), {
        reason: /SELF_SIGNED/,
        httpStatus: 0,
      });
    });

    it("logs in with an exec plugin through client-node, over pooled connections", async () => {
      const seen: [string | undefined, number | undefined][] = [];
      const port = await secure((request, response) => {
        seen.push([request.headers.authorization, request.socket.remotePort]);
        ok(request, response);
      });
      const plugin = file(
        "plugin.cjs",
        'process.stdout.write(JSON.stringify({apiVersion:"client.authentication.k8s.io/v1",kind:"ExecCredential",status:{token:"from-plugin"}}))',
      );
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1",
        command: process.execPath,
        args: [plugin],
        interactiveMode: "Never",
      };
      const ca = { "certificate-authority-data": Buffer.from(cert).toString("base64") };
      const kube = connect(config(`https://127.0.0.1:${port}`, { exec }, ca));
      assert.deepEqual(await kube.request(get), { ok: true });
      await kube.request(get);
      assert.deepEqual(seen[0]?.[0], "Bearer from-plugin");
      assert.equal(seen[0]?.[1], seen[1]?.[1]);
    }).timeout(60_000);
  });
});
