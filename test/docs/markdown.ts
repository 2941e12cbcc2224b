/** A fenced block. `line` is that of its first fence, from 1. */
export type Fence = { language: string; text: string; line: number };

/** All fenced blocks of a page, in their order. */
export function fences(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ({ 1: language = "", 2: text = "", index }) => ({
      language,
      text,
      line: markdown.slice(0, index).split("\n").length,
    }),
  );
}

/** The page without its fenced blocks: a `#` in a command is no heading. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^```\w*\n.*?^```$/gms, "");
}

/** The level of each heading, in their order. */
export function headingLevels(markdown: string): number[] {
  return [...prose(markdown).matchAll(/^(#+) /gm)].map(([, marks = ""]) => marks.length);
}

/** The anchors that GitHub gives to a page's headings. */
export function anchors(markdown: string): Set<string> {
  return new Set(
    [...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-"),
    ),
  );
}

/** Where a page's links and images lead, without those to other sites. */
export function localLinks(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The commands of a shell block, each on one line: continued lines joined, comments left out. */
export function commands(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
