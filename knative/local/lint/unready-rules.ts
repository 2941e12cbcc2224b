import { unreadyOf } from "../unready.ts";
import type { Rule } from "./warning.ts";

/** A start says it by itself, of each object: these are not shown there. */
export const NOT_READY = "not-ready";

/** What a cluster takes and leaves waiting, because it refers to what is not among the manifests. */
export const unreadyRules: Rule = ({ wiring, warn }) =>
  unreadyOf(wiring).map(({ object, because: { path, reason, message } }) =>
    warn(object, path, NOT_READY, `${message}: it is not ready (${reason}) until that is there`),
  );
