import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ManifestError } from "../../../../knative/local/manifests/fault.ts";
import { loadManifests } from "../../../../knative/local/manifests/load.ts";
import { readWiring } from "../../../../knative/local/manifests/wiring.ts";
import type { Remarks } from "../../../../knative/local/manifests/yaml-file.ts";

const BROKER = `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: default
`;
const TRIGGER = `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: one
spec:
  broker: default
  subscriber:
    uri: http://x.test/
`;
const labelled = (label: string) => `${BROKER}  labels:\n    ${label}\n`;
const service = (container: string, pod = "") => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: web }
spec: { template: { spec: { containers: [{ image: a, ${container} }], ${pod} } } }
`;
const many = (items: string) => `apiVersion: v1\nkind: List\n${items}`;
const indented = (yaml: string) =>
  yaml
    .trimEnd()
    .split("\n")
    .map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`))
    .join("\n");

/** Files, and what becomes of them: the objects that are read, else a fault with its line. */
const ROWS: Record<string, [files: string | Record<string, string>, expected: string | RegExp]> = {
  "a byte order mark": [`\uFEFF${BROKER}`, "Broker/default"],
  "lines that end as on Windows": [
    `${BROKER}---\n${TRIGGER}`.replaceAll("\n", "\r\n"),
    "Broker/default Trigger/one",
  ],
  "documents of nothing, of comments, with comments": [
    `---\n---\n# none\n--- # one\n${BROKER}--- # two\n${TRIGGER}...\n---\n`,
    "Broker/default Trigger/one",
  ],
  "a file of --- alone, and an empty one": [
    { "a.yaml": "---\n", "b.yaml": "", "c.yaml": BROKER },
    "Broker/default",
  ],
  "a version directive": [`%YAML 1.1\n---\n${BROKER}`, "Broker/default"],
  "a List": [
    many(`items:\n${indented(BROKER)}\n${indented(TRIGGER)}\n`),
    "Broker/default Trigger/one",
  ],
  "a List of nothing": [{ "a.yaml": many("items: []\n"), "b.yaml": BROKER }, "Broker/default"],
  "a List without items": [{ "a.yaml": many(""), "b.yaml": BROKER }, "Broker/default"],
  "a list of one kind, whose items do not say theirs": [
    "apiVersion: eventing.knative.dev/v1\nkind: BrokerList\nitems: [{ metadata: { name: default } }]\n",
    "Broker/default",
  ],
  "a List with an item that is none": [
    many(`items:\n${indented(BROKER)}\n- metadata: { name: a }\n`),
    /^a\.yaml:8: needs apiVersion$/,
  ],
  "an anchor that is merged": [
    `${BROKER}  labels: &labels { app: lab }\n---\n${TRIGGER}`.replace(
      "---\n",
      "spec:\n  delivery:\n    retry: 1\n---\n",
    ),
    "Broker/default Trigger/one",
  ],
  "an anchor of another document": [
    `${BROKER.replace("default", "&name default")}---\n${TRIGGER.replace("default", "*name")}`,
    /Unresolved alias/,
  ],
  "a tab": [`${BROKER}spec:\n\tdelivery: {}\n`, /^a\.yaml:6: Tabs are not allowed/],
  "a key twice": [`${BROKER}kind: Broker\n`, /^a\.yaml:5: Map keys must be unique$/],
  generateName: [
    BROKER.replace("name:", "generateName:"),
    /^a\.yaml:1: needs metadata\.name: kubectl apply takes no generateName/,
  ],
  "a name of digits": [
    BROKER.replace("default", "007"),
    /^a\.yaml:1: metadata\.name is a number, not text: put it in quotes$/,
  ],
  "a label that is a number": [
    labelled("version: 1"),
    /labels\[version\]: .*received number: put it in quotes$/,
  ],
  "a label that YAML 1.1 takes for a boolean": [
    labelled("public: yes"),
    /labels\[public\]: .*received boolean: put it in quotes$/,
  ],
  "a letter that kubectl takes for a boolean, which is told": [
    labelled("axis: y\n    other: 'y'"),
    "Broker/default; a.yaml:6: y is a boolean to kubectl: put it in quotes",
  ],
  "a label that looks like a date, and one like a time": [
    labelled("since: 2026-11-21\n    at: 12:30:00"),
    "Broker/default",
  ],
  "a variable that is a number": [
    service("env: [{ name: A, value: 1 }]"),
    /env\[0\]\.value: .*received number: put it in quotes$/,
  ],
  "a mode in octal": [
    service(
      "volumeMounts: [{ name: v, mountPath: /v }]",
      "volumes: [{ name: v, configMap: { name: c, defaultMode: 0644 } }]",
    ),
    "Service/web",
  ],
  "a spec and a time of nothing": [
    `${BROKER}  creationTimestamp: null\nspec:\nstatus: {}\n`,
    "Broker/default",
  ],
  "a template of Helm": [
    BROKER.replace("default", "{{ .Values.name }}"),
    /^a\.yaml:1: needs metadata\.name; a template has to be rendered first$/,
  ],
  "a template of Helm that is no YAML": [
    `{{- if .Values.broker }}\n${BROKER}{{- end }}\n`,
    /^a\.yaml:\d+: .*; a template has to be rendered first/,
  ],
  "the project of kn func beside a manifest": [
    { "b.yaml": BROKER, "func.yaml": "specVersion: 0.36.0\nname: f\nruntime: node\n" },
    "Broker/default; left out func.yaml: is a project of kn func, which makes a Service of it when it deploys",
  ],
  "values, a chart, compose and skaffold beside a manifest": [
    {
      "b.yaml": BROKER,
      "Chart.yaml": "apiVersion: v2\nname: lab\nversion: 0.1.0\n",
      "compose.yaml": "services: { a: { image: b } }\n",
      "skaffold.yaml": "apiVersion: skaffold/v4beta13\nkind: Config\nbuild: {}\n",
      "values.yaml": "image: a\n",
    },
    "Broker/default; left out Chart.yaml: is a chart of Helm; left out compose.yaml: has no object of Kubernetes in it; " +
      "left out skaffold.yaml: is skaffold's; left out values.yaml: has no object of Kubernetes in it",
  ],
  "nothing but files of others": [
    { "func.yaml": "specVersion: 0.36.0\nname: f\nruntime: node\n" },
    /^func\.yaml:1: is a project of kn func/,
  ],
  "an object that has lost its kind beside a file of another tool": [
    { "a.yaml": BROKER.replace("kind: Broker\n", ""), "values.yaml": "image: a\n" },
    /^a\.yaml:1: needs kind$/,
  ],
  "folders below alone": [
    {
      "config/100-broker.yaml": BROKER,
      "node_modules/a/b.yaml": BROKER,
      ".github/w.yaml": "on: push",
    },
    /^\.:1: there is no \.yaml or \.json file in this folder; some below it have: -f config$/,
  ],
};

describe("files as they are found", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-wild-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const short = (path: string) => (path === folder ? "." : path.replace(`${folder}/`, ""));

  async function outcome(): Promise<string> {
    const remarks: Remarks = { skipped: [], doubts: [] };
    try {
      const located = await loadManifests([folder], new Set(), remarks);
      readWiring(located);
      const objects = located
        .map(({ object }) => `${object.kind}/${object.metadata.name}`)
        .join(" ");
      const others = [
        ...remarks.skipped.map(({ file, reason }) => `; left out ${short(file)}: ${reason}`),
        ...remarks.doubts.map((doubt) => `; ${short(doubt)}`),
      ];
      return `${objects}${others.join("")}`;
    } catch (error) {
      assert.ok(error instanceof ManifestError, String(error));
      const texts = error.faults.map(
        ({ file, line, message }) => `${short(file)}:${line}: ${message}`,
      );
      return texts.join("\n").replaceAll(`${folder}/`, "");
    }
  }

  for (const [name, [files, expected]] of Object.entries(ROWS)) {
    it(`${name}: ${typeof expected === "string" ? "read" : "refused"}`, async () => {
      const all = typeof files === "string" ? { "a.yaml": files } : files;
      for (const [path, text] of Object.entries(all)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const found = await outcome();
      if (typeof expected === "string") assert.equal(found, expected);
      else assert.match(found, expected);
    });
  }

  it("merges an anchor, reads octal modes, and leaves dates alone, as kubectl does", async () => {
    const merged =
      TRIGGER.replace("subscriber:\n", "subscriber: &to\n") +
      "  delivery:\n    deadLetterSink:\n      <<: *to\n";
    const octal = service(
      "volumeMounts: [{ name: v, mountPath: /v }]",
      "volumes: [{ name: v, secret: { secretName: c, defaultMode: 0400 } }]",
    );
    const dated = labelled("since: 2026-11-21");
    writeFileSync(join(folder, "a.yaml"), [merged, octal, dated].join("---\n"));
    const { triggers, services, brokers } = readWiring(await loadManifests([folder]));
    assert.deepEqual(triggers[0]?.delivery?.deadLetterSink, { uri: "http://x.test/" });
    assert.match(JSON.stringify(services[0]?.template.spec.volumes), /"defaultMode":256/);
    assert.equal(brokers[0]?.labels["since"], "2026-11-21");
  });
});
