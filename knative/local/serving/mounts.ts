/** A folder of the container and where its content lies on this machine. */
export type Mount = { mountPath: string; localPath: string };

/**
 * The text with a mount path replaced by its local folder: when the text is that path or lies below
 * it, and is nothing else. `/etc/vigie/policy.yaml` becomes `…/policy.yaml` of the local copy;
 * `--policy=/etc/vigie/policy.yaml` is left alone, because a process without a mount namespace can
 * only be told by values that are paths as a whole.
 */
export function localize(text: string, mounts: readonly Mount[]): string {
  let best: Mount | null = null;
  for (const mount of mounts) {
    if (isBelow(text, mount.mountPath) && mount.mountPath.length > (best?.mountPath.length ?? 0))
      best = mount;
  }
  return best === null ? text : best.localPath + text.slice(best.mountPath.length);
}

/** Whether the text is that path or one below it. */
export function isBelow(text: string, path: string): boolean {
  return text === path || text.startsWith(`${path}/`);
}
