/**
 * The name by which skaffold deploys an image that it has not pushed: not the tag it built, but one
 * of the image's id (`TagWithImageID`), so that a rebuilt image is another one for the kubelet.
 */
export function localTag(image: string, id: string): string {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return `${name}:${id.replace(/^sha256:/, "")}`;
}
