import type { Arguments } from "./arguments.ts";
import type { Cluster } from "./cluster/start.ts";
import type { Wiring } from "./manifests/wiring.ts";
import type { Door } from "./output.ts";

/** Where people reach a broker. */
export const brokerUrl = (port: number, namespace: string, name: string): string =>
  `http://localhost:${port}/${namespace}/${name}`;

/** Every address that the runtime prints once it is ready. */
export function shownDoors(
  args: Arguments,
  { brokers }: Wiring,
  services: readonly { name: string; url?: string }[],
  cluster: Cluster | null,
): Door[] {
  return [
    ...brokers.map(({ namespace, name }) => ({
      name: `broker ${name}`,
      url: brokerUrl(args.port, namespace, name),
    })),
    ...services.flatMap(({ name, url }) => (url === undefined ? [] : [{ name, url }])),
    cluster === null
      ? { name: "Kubernetes API", url: `the current context of ${args.kubeconfig}` }
      : {
          name: "Kubernetes API",
          url: `http://localhost:${args.kubePort}  (kubectl --kubeconfig .vigie/kubeconfig)`,
        },
  ];
}
