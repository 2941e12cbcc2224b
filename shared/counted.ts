/** "1 pod", "3 pods", "0 nodes": for what people read. `many` where an s does not make it more than one. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
