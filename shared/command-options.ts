import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * `parseArgs` for a command that people type: `--help` prints the usage with every option and its
 * default, and ends with 0; a wrong option is one line and exit code 2.
 */
export function readOptions<const Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    process.stdout.write(`${[usage, ...described(config.options ?? {})].join("\n")}\n`);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    // The rest is advice for who writes commands.
    const [line] = (error as Error).message.split(/[.\n]/, 1);
    process.stderr.write(`${line}; --help lists the options\n`);
    process.exit(2);
  }
}

function described(options: Options): string[] {
  return Object.entries({ ...options, help: { type: "boolean" } } satisfies Options).map(
    ([name, option]: [string, Options[string]]) => {
      const short = option.short === undefined ? "    " : `-${option.short}, `;
      const value = option.type === "string" ? ` ${name.toUpperCase()}` : "";
      const more = option.multiple === true ? ", repeatable" : "";
      const standard = typeof option.default === "string" ? `  (default ${option.default})` : "";
      return `  ${short}--${name}${value}${more}${standard}`;
    },
  );
}
