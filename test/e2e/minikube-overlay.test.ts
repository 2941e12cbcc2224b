import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { kubectlMinor } from "../kubectl.ts";
import { render } from "../knative/strict-schemas.ts";
import { webhook } from "./alertmanager.ts";
import { send } from "./http.ts";
import { type Runtime, startRuntime, waitFor } from "./runtime.ts";

const root = resolve(import.meta.dirname, "../..");
const TOKEN = "a-token-of-the-test";
type Pods = {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    spec: { containers: { resources: { limits: { cpu: string } } }[] };
    status: { phase: string };
  }[];
};

describe("the minikube overlay, rendered, in the local runtime", function () {
  this.timeout(60_000);
  let folder: string;
  let vigie: Runtime;
  before(async function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    folder = mkdtempSync(join(tmpdir(), "vigie-overlay-"));
    const rendered = join(folder, "rendered.yaml");
    writeFileSync(rendered, render("knative/overlays/minikube").text);
    const secret = join(folder, "secret.yaml");
    writeFileSync(
      secret,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "alert-source-token", namespace: "vigie" },
        stringData: { token: TOKEN },
      }),
    );
    const serving = join(root, "knative/cluster/serving.yaml");
    vigie = await startRuntime("--no-clock", "-f", rendered, "-f", secret, "-f", serving);
  });
  after(async () => {
    await vigie?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const checkout = async () => {
    const text = await vigie.kubectl(
      "get",
      "pods",
      "-n",
      "shop",
      "-l",
      "app=checkout",
      "-o",
      "json",
    );
    return (JSON.parse(text) as Pods).items.find(({ status }) => status.phase === "Running");
  };
  const post = (authorization: string, body: object) => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json", authorization };
    return send(url, { method: "POST", host, headers, body: JSON.stringify(body) });
  };

  it("takes no alert without the token", async () => {
    const pod = (await checkout())?.metadata.name ?? "";
    const startsAt = new Date().toISOString();
    const alert = webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt });
    assert.equal((await post("Bearer another", alert)).status, 401);
  });

  it("labels and resizes the checkout of the overlay's own shop for an alert with it", async () => {
    await waitFor("a running checkout", async () => (await checkout()) !== undefined);
    const before = await checkout();
    const pod = before?.metadata.name ?? "";
    const startsAt = new Date().toISOString();
    const alert = webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt });
    const answer = await post(`Bearer ${TOKEN}`, alert);
    assert.equal(Math.floor(answer.status / 100), 2, answer.body);
    const cpu = (one: typeof before) => one?.spec.containers[0]?.resources.limits.cpu;
    await waitFor("label and size", async () => {
      const now = await checkout();
      return now?.metadata.labels["vigie.dev/load"] === "high" && cpu(now) !== cpu(before);
    });
  });
});
