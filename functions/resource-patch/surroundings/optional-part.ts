import { KubeError } from "../../../shared/kube/error.ts";

/**
 * null where the cluster does not let us read a part, or does not know its kind: it is unknown then,
 * and the rest still counts.
 * @throws what else went wrong, as the client does.
 */
export async function orUnknown<T>(part: Promise<T>): Promise<T | null> {
  try {
    return await part;
  } catch (error) {
    if (error instanceof KubeError && (error.httpStatus === 403 || error.httpStatus === 404)) {
      return null;
    }
    throw error;
  }
}
