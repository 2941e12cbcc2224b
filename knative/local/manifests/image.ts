const LABEL = "[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?";
const HOST = "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::\\d+)?";
const IMAGE = new RegExp(
  `^(?:${HOST}/)?${LABEL}(?:/${LABEL})*(?::[\\w][\\w.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?$`,
);

/** Whether a registry could be asked for it: `[host/]path[:tag][@digest]`, the path in lower case. */
export const isImage = (reference: string): boolean => IMAGE.test(reference);
