// Sends one event to K_SINK; the heartbeat ends then, the pump stays.
const [kind] = process.argv.slice(2);
const { K_SINK, K_CE_OVERRIDES, POD_NAMESPACE } = process.env;
const { extensions = {} } = JSON.parse(K_CE_OVERRIDES || "{}");
const headers = {
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-id": `${kind}-${process.pid}`,
  "ce-source": `/lab/${kind}`,
  "ce-type": "dev.lab.beat.v1",
};
for (const [name, value] of Object.entries(extensions)) headers[`ce-${name}`] = value;
const body = JSON.stringify({ namespace: POD_NAMESPACE, overrides: K_CE_OVERRIDES });
void fetch(K_SINK, { method: "POST", headers, body }).then(({ status }) => {
  if (status >= 300) process.exit(1);
  if (kind === "pump") setInterval(() => {}, 1_000);
});
