import {
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
  visit,
} from "yaml";

const LETTER: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: /^[yYnN]$/,
  resolve: (text) => text,
};

/**
 * YAML as kubectl reads it (`sigs.k8s.io/yaml`, 1.1 by way of go-yaml): `yes` and `on` are booleans,
 * `0644` is octal, `<<` merges. Of YAML 1.1, go-yaml has no numbers to the base of 60, and leaves
 * dates as text. A single y or n is text here, and told by `lettersIn`.
 */
export const KUBE_YAML: DocumentOptions & ParseOptions & SchemaOptions = {
  version: "1.1",
  uniqueKeys: true,
  customTags: (tags: Tags): Tags => [
    LETTER,
    ...tags.filter(
      (tag) =>
        typeof tag !== "object" ||
        (!("format" in tag && tag.format === "TIME") && tag.tag !== "tag:yaml.org,2002:timestamp"),
    ),
  ],
  // Of what is told at all, the rest comes as faults.
  logLevel: "error",
};

/** Where a single y or n stands that nobody has quoted, as an offset: kubectl takes it for a boolean. */
export function lettersIn(document: Document): { letter: string; offset: number }[] {
  const found: { letter: string; offset: number }[] = [];
  visit(document, {
    Scalar(_, { type, source, range }) {
      if (type !== "PLAIN" || source === undefined || !/^[yYnN]$/.test(source)) return;
      found.push({ letter: source, offset: range?.[0] ?? 0 });
    },
  });
  return found;
}
