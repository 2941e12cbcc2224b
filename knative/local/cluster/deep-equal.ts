/** Equality of JSON values. The order of keys does not matter, that of array items does. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => deepEqual(item, right[index]))
    );
  }
  if (Array.isArray(right)) return false;
  const leftKeys = Object.keys(left).filter((key) => Reflect.get(left, key) !== undefined);
  const rightKeys = Object.keys(right).filter((key) => Reflect.get(right, key) !== undefined);
  return (
    leftKeys.length === rightKeys.length &&
    leftKeys.every(
      (key) =>
        Object.hasOwn(right, key) && deepEqual(Reflect.get(left, key), Reflect.get(right, key)),
    )
  );
}
