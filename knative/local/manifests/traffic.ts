import { z } from "zod";

const Target = z.strictObject({
  latestRevision: z.boolean().optional(),
  revisionName: z.string().optional(),
  tag: z
    .string()
    .regex(/^([a-z]([-a-z0-9]{0,61}[a-z0-9])?)?$/, "must be lower-case letters, digits and -")
    .optional(),
  percent: z.int().min(0).max(100).optional(),
});

/** `spec.traffic` of a Knative Service. `S:pkg/apis/serving/v1/route_validation.go` */
export const Traffic = z.array(Target).superRefine((targets, context) => {
  const fault = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const total = targets.reduce((sum, { percent = 0 }) => sum + percent, 0);
  if (targets.length > 0 && total !== 100) fault([], `the percents add up to ${total}, not 100`);
  targets.forEach(({ tag = "", latestRevision, revisionName = "" }, index) => {
    if (tag !== "" && targets.findIndex((one) => one.tag === tag) < index) {
      fault([index, "tag"], "is the tag of another target too");
    }
    if ((latestRevision ?? revisionName === "") !== (revisionName === "")) {
      const message =
        revisionName === "" ? "needs a revisionName" : "must not be true beside a revisionName";
      fault([index, "latestRevision"], message);
    }
  });
});

type Traffic = z.output<typeof Traffic>;

/**
 * Revisions that are not the one of the template: there is no other here. As indexes of targets.
 * What gets nothing and has no tag is reached by nobody.
 */
export function otherRevisions(targets: Traffic, templateName: string): number[] {
  return targets.flatMap(({ revisionName = "", percent = 0, tag = "" }, index) => {
    const isOwn = revisionName === "" || revisionName === templateName;
    return isOwn || (percent === 0 && tag === "") ? [] : [index];
  });
}

/** The tags: each is a name in front of that of the Service. */
export function tagsOf(targets: Traffic): string[] {
  return targets.flatMap(({ tag = "" }) => (tag === "" ? [] : [tag]));
}
