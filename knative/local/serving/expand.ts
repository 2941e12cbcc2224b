/**
 * Kubernetes' `$(NAME)` in env values, command and args (k8s.io/kubernetes/third_party/forked/golang/expansion):
 * known names are replaced, unknown ones stay as they are, `$$` is a single `$`.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? (variables[name] ?? "") : whole;
  });
}
