import { join } from "node:path";

/** Beside that of `npm run dev`. */
const COMPILE_CACHE = join(import.meta.dirname, "../node_modules/.cache/vigie-tests");

/**
 * For programs that tests start from their sources: what one has stripped of types and compiled, the
 * next need not; a function is up after half of the CPU. Nothing where coverage is measured, which
 * code out of a cache tells less of.
 */
export const withCompileCache: Record<string, string> =
  process.env["NODE_V8_COVERAGE"] === undefined ? { NODE_COMPILE_CACHE: COMPILE_CACHE } : {};
