/**
 * Labels of an object as kube-state-metrics names them: `vigie.dev/sla` is `label_vigie_dev_sla`.
 * Of labels that come to one name each gets `_conflict1`, `_conflict2`, … in the order of their
 * keys: a name that stood twice would make Prometheus refuse the whole page.
 */
export function labelSeries(labels: Readonly<Record<string, string>>): Record<string, string> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const name = `label_${key.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`;
    groups.set(name, [...(groups.get(name) ?? []), value]);
  }
  return Object.fromEntries(
    [...groups].flatMap(([name, values]) =>
      values.length === 1
        ? [[name, values[0] ?? ""]]
        : values.map((value, index) => [`${name}_conflict${index + 1}`, value]),
    ),
  );
}
