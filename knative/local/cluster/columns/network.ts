import { at, textOf } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { listAt, textAt } from "../table-cells.ts";
import { age, firstOf, labelsText, name, selectorText, text, wide } from "./column.ts";
import type { Column } from "./column.ts";

/** Addresses and ports shown of what has many. */
const most = 3;

/** What a load balancer has given. */
const given = (object: KubeObject): string[] =>
  listAt(object, "status.loadBalancer.ingress")
    .map((item) => textAt(item, "ip", textAt(item, "hostname", "")))
    .filter((address) => address !== "")
    .toSorted();

function externalAddress(object: KubeObject): string {
  const own = listAt(object, "spec.externalIPs").map(textOf);
  switch (textAt(object, "spec.type", "ClusterIP")) {
    case "LoadBalancer":
      return [...given(object), ...own].join(",") || "<pending>";
    case "ExternalName":
      return textAt(object, "spec.externalName", "");
    default:
      return own.join(",") || "<none>";
  }
}

function portText(port: unknown): string {
  const node = textAt(port, "nodePort", "");
  return `${textAt(port, "port")}${node === "" ? "" : `:${node}`}/${textAt(port, "protocol", "TCP")}`;
}

function endpointsText(object: KubeObject): string {
  const all = listAt(object, "subsets").flatMap((subset) => {
    const addresses = listAt(subset, "addresses").map((address) => textAt(address, "ip", ""));
    const ports = listAt(subset, "ports").map((port) => textAt(port, "port", ""));
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((address) => `${address}:${port}`));
  });
  return all.length === 0 ? "<none>" : firstOf(all, most);
}

const orUnset = (items: readonly string[]): string =>
  items.length === 0 ? "<unset>" : firstOf(items, most);

function hostsText(object: KubeObject): string {
  const hosts = listAt(object, "spec.rules")
    .map((rule) => textAt(rule, "host", ""))
    .filter((host) => host !== "");
  return hosts.length === 0 ? "*" : firstOf(hosts, most);
}

function parametersText(object: KubeObject): string {
  const parameters = at(object, "spec", "parameters");
  if (parameters === undefined) return "<none>";
  const group = textAt(parameters, "apiGroup", "");
  return `${textAt(parameters, "kind", "")}${group === "" ? "" : `.${group}`}/${textAt(parameters, "name", "")}`;
}

const isDefaultClass = "ingressclass.kubernetes.io/is-default-class";

const serviceColumns: Column[] = [
  name,
  text("Type", "spec.type", "ClusterIP"),
  text("Cluster-IP", "spec.clusterIP"),
  { name: "External-IP", cell: externalAddress },
  {
    name: "Port(s)",
    cell: (object) => listAt(object, "spec.ports").map(portText).join(",") || "<none>",
  },
  age,
  wide({ name: "Selector", cell: (object) => labelsText(at(object, "spec", "selector")) }),
];

/** How pods are reached. */
export const networkColumns: Readonly<Record<string, readonly Column[]>> = {
  "services.": serviceColumns,
  "endpoints.": [name, { name: "Endpoints", cell: endpointsText }, age],
  "endpointslices.discovery.k8s.io": [
    name,
    text("AddressType", "addressType", ""),
    {
      name: "Ports",
      cell: (object) =>
        orUnset(
          listAt(object, "ports").map((port) => textAt(port, "port", textAt(port, "name", "*"))),
        ),
    },
    {
      name: "Endpoints",
      cell: (object) =>
        orUnset(
          listAt(object, "endpoints").flatMap((endpoint) =>
            listAt(endpoint, "addresses").map(textOf),
          ),
        ),
    },
    age,
  ],
  "ingresses.networking.k8s.io": [
    name,
    text("Class", "spec.ingressClassName"),
    { name: "Hosts", cell: hostsText },
    { name: "Address", cell: (object) => given(object).join(",") },
    {
      name: "Ports",
      cell: (object) => (listAt(object, "spec.tls").length > 0 ? "80, 443" : "80"),
    },
    age,
  ],
  "ingressclasses.networking.k8s.io": [
    {
      ...name,
      cell: ({ metadata }) =>
        `${metadata.name}${metadata.annotations?.[isDefaultClass] === "true" ? " (default)" : ""}`,
    },
    text("Controller", "spec.controller", ""),
    { name: "Parameters", cell: parametersText },
    age,
  ],
  "networkpolicies.networking.k8s.io": [
    name,
    {
      name: "Pod-Selector",
      cell: (object) => selectorText(at(object, "spec", "podSelector")),
    },
    age,
  ],
};
