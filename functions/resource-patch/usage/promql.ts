/** A text as a literal of PromQL: its escapes are Go's, of which JSON's are a part. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** A text as a regular expression (RE2, anchored by Prometheus) that matches just this text. */
export function exactly(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** What is asked about: all pods of a workload, and those of their containers that we size. */
export type Selection = {
  namespace: string;
  /** A regular expression. */
  pods: string;
  containers: readonly string[];
};

/** The label matchers of a selection, in braces; `more` comes after them. */
export function matchers(
  { namespace, pods, containers }: Selection,
  ...more: readonly string[]
): string {
  const names = containers.map((name) => exactly(name)).join("|");
  const ours = [
    `namespace=${literal(namespace)}`,
    `pod=~${literal(pods)}`,
    `container=~${literal(names)}`,
  ];
  return `{${[...ours, ...more].join(",")}}`;
}
