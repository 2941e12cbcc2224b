type Labels = Record<string, string>;
type Selector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};
type Peer = {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
};
type Rule = { from?: Peer[]; to?: Peer[]; ports?: { protocol?: string; port?: number }[] };
export type NetworkPolicySpec = {
  podSelector: Selector;
  policyTypes: string[];
  ingress?: Rule[];
  egress?: Rule[];
};

/** A pod by the labels of it and of its namespace, or an address outside of the cluster. */
export type Party = { namespace: string; labels: Labels } | { address: string };

/**
 * Whether a packet may go `to` a port, by the rules of `networking.k8s.io/v1`: who no policy selects
 * may talk to everybody; who is selected, only as one of those policies says. The policies are all of
 * one namespace, and judge its pods alone.
 * @throws Error for what these rules do not know, instead of letting it pass.
 */
export function mayTalk(
  policies: readonly NetworkPolicySpec[],
  namespace: string,
  from: Party,
  to: Party,
  port: { protocol: string; port: number },
): boolean {
  const isOpen = (own: Party, other: Party, type: "Ingress" | "Egress"): boolean => {
    if (!("labels" in own) || own.namespace !== namespace) return true;
    const selecting = policies.filter(
      ({ podSelector, policyTypes }) =>
        policyTypes.includes(type) && matches(podSelector, own.labels),
    );
    if (selecting.length === 0) return true;
    return selecting.some((policy) =>
      (type === "Ingress" ? policy.ingress : policy.egress)?.some(
        ({ from: sources, to: targets, ports }) => {
          const peers = type === "Ingress" ? sources : targets;
          const isPeer = peers === undefined || peers.some((peer) => isOf(peer, other, namespace));
          const isPort =
            ports === undefined ||
            ports.some(
              (one) => (one.protocol ?? "TCP") === port.protocol && one.port === port.port,
            );
          return isPeer && isPort;
        },
      ),
    );
  };
  return isOpen(from, to, "Egress") && isOpen(to, from, "Ingress");
}

function isOf(peer: Peer, party: Party, namespace: string): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock;
    if (!("address" in party)) return false;
    return isIn(party.address, cidr) && !except.some((one) => isIn(party.address, one));
  }
  if (!("labels" in party)) return false;
  const { namespaceSelector, podSelector } = peer;
  const isInNamespace =
    namespaceSelector === undefined
      ? party.namespace === namespace
      : matches(namespaceSelector, { "kubernetes.io/metadata.name": party.namespace });
  return isInNamespace && (podSelector === undefined || matches(podSelector, party.labels));
}

function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === "Exists") return key in labels;
      if (operator === "In") return key in labels && values.includes(labels[key] ?? "");
      throw new Error(`the operator ${operator} is not known here`);
    })
  );
}

/** IPv4 only. */
function isIn(address: string, cidr: string): boolean {
  const toNumber = (text: string): number => {
    const parts = text.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part < 256))) {
      throw new Error(`${text} is no IPv4 address`);
    }
    return parts.reduce((sum, part) => sum * 256 + part, 0);
  };
  const [base = "", bits = ""] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(base) / size);
}
