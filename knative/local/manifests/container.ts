import { posix } from "node:path";
import { z } from "zod";
import { isImage } from "./image.ts";
import { allowOnly } from "./pod-gate.ts";

/** `S:pkg/apis/serving/k8s_validation.go`: injected by Serving. */
const RESERVED_ENV = ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"];
const RESERVED_PORTS = [8008, 8012, 8013, 8022, 9090, 9091];
const RESERVED_MOUNTS = ["/", "/dev", "/dev/log"];

const EnvName = z.string().regex(/^[-._A-Za-z][-._A-Za-z0-9]*$/, "is not a variable name");

const KeyRef = z.strictObject({
  name: z.string().min(1),
  key: z.string().min(1),
  optional: z.boolean().default(false),
});

const noFieldRef = z
  .undefined("needs the feature kubernetes.podspec-fieldref, which is off by default")
  .optional();

const isOneSource = (refs: Readonly<Record<string, unknown>>): boolean =>
  Object.values(refs).filter((ref) => ref !== undefined).length === 1;

const EnvVar = z
  .strictObject({
    name: EnvName.refine((name) => !RESERVED_ENV.includes(name), "is set by Knative itself"),
    value: z.string().optional(),
    valueFrom: z
      .strictObject({
        configMapKeyRef: KeyRef.optional(),
        secretKeyRef: KeyRef.optional(),
        fieldRef: noFieldRef,
        resourceFieldRef: noFieldRef,
      })
      .refine(isOneSource, "needs exactly one of configMapKeyRef and secretKeyRef")
      .optional(),
  })
  .refine(({ value, valueFrom }) => value === undefined || valueFrom === undefined, {
    message: "has both value and valueFrom",
  });

/** Of a plain pod, which takes fields of itself too. */
export const WorkloadEnvVar = z
  .strictObject({
    name: EnvName,
    value: z.string().optional(),
    valueFrom: z
      .strictObject({
        configMapKeyRef: KeyRef.optional(),
        secretKeyRef: KeyRef.optional(),
        fieldRef: z
          .strictObject({ apiVersion: z.literal("v1").optional(), fieldPath: z.string().min(1) })
          .optional(),
        resourceFieldRef: z.undefined("resourceFieldRef is not run locally yet").optional(),
      })
      .refine(isOneSource, "needs exactly one of configMapKeyRef, secretKeyRef and fieldRef")
      .optional(),
  })
  .refine(({ value, valueFrom }) => value === undefined || valueFrom === undefined, {
    message: "has both value and valueFrom",
  });

const SourceRef = z.strictObject({ name: z.string().min(1), optional: z.boolean().default(false) });

export const EnvFrom = z
  .strictObject({
    prefix: z.string().default(""),
    configMapRef: SourceRef.optional(),
    secretRef: SourceRef.optional(),
  })
  .refine(
    ({ configMapRef, secretRef }) => (configMapRef === undefined) !== (secretRef === undefined),
    { message: "needs exactly one of configMapRef and secretRef" },
  );

const PortNumber = z.int().min(1).max(65_535);

const KnativePort = z.strictObject({
  name: z.enum(["", "http1"], "only http1 is run locally (h2c is not yet)").optional(),
  /** 0 is as none. */
  containerPort: z
    .int()
    .min(0)
    .max(65_535)
    .refine((port) => !RESERVED_PORTS.includes(port), "is reserved by Knative")
    .optional(),
  protocol: z.literal("TCP").optional(),
});

/** Of a plain pod: for people, and for probes that name one. */
export const Port = z.looseObject({ name: z.string().optional(), containerPort: PortNumber });

const ProbePort = z.union([z.int().min(0).max(65_535), z.string()]).optional();
const notYet = (what: string) => z.undefined(`${what} is not run locally yet`).optional();

const ProbeShape = z.strictObject({
  httpGet: z
    .strictObject({
      path: z.string().default("/"),
      port: ProbePort,
      host: z.string().optional(),
      scheme: z.literal("HTTP", "only HTTP is run locally").optional(),
      httpHeaders: z
        .array(z.strictObject({ name: z.string().min(1), value: z.string() }))
        .default([]),
    })
    .optional(),
  tcpSocket: z.strictObject({ port: ProbePort, host: z.string().optional() }).optional(),
  exec: notYet("an exec probe"),
  grpc: notYet("a grpc probe"),
  initialDelaySeconds: z.int().min(0).optional(),
  periodSeconds: z.int().min(0).optional(),
  timeoutSeconds: z.int().min(0).optional(),
  successThreshold: z.int().min(0).optional(),
  failureThreshold: z.int().min(0).optional(),
});
const ProbeOfOne = ProbeShape.refine(
  ({ httpGet, tcpSocket }) => httpGet === undefined || tcpSocket === undefined,
  { message: "has more than one handler" },
);
export const Probe = ProbeOfOne.refine(
  ({ httpGet, tcpSocket }) => httpGet !== undefined || tcpSocket !== undefined,
  { message: "needs a handler: httpGet or tcpSocket" },
);

/**
 * Without a handler Knative opens a connection. Without a period it probes as fast as it can, and
 * these two have no meaning.
 */
const ReadinessProbe = ProbeOfOne.superRefine(({ periodSeconds = 0, ...probe }, context) => {
  if (periodSeconds > 0) return;
  for (const field of ["failureThreshold", "timeoutSeconds"] as const) {
    if ((probe[field] ?? 0) === 0) continue;
    const message = "needs a periodSeconds of 1 or more";
    context.addIssue({ code: "custom", path: [field], message });
  }
});

const UserId = z.int().min(0).max(2_147_483_647).optional();

/** `S:pkg/apis/serving/fieldmask.go`, SecurityContextMask. */
const SecurityContext = z
  .strictObject({
    allowPrivilegeEscalation: z.boolean().optional(),
    readOnlyRootFilesystem: z.boolean().optional(),
    runAsUser: UserId,
    runAsGroup: UserId,
    runAsNonRoot: z.boolean().optional(),
    seccompProfile: z.looseObject({}).optional(),
    privileged: z.literal(false, "may only be false").optional(),
    capabilities: z
      .looseObject({
        add: z
          .array(z.literal("NET_BIND_SERVICE"))
          .optional()
          .or(z.never("needs the feature kubernetes.containerspec-addcapabilities")),
      })
      .optional(),
  })
  .optional();

export const VolumeMount = z.strictObject({
  name: z.string().min(1),
  mountPath: z
    .string()
    .startsWith("/", "must be absolute")
    .refine((path) => !path.split("/").includes(".."), "must not hold ..")
    .refine((path) => !RESERVED_MOUNTS.includes(posix.resolve(path)), "is a reserved mount path"),
  readOnly: z.boolean().optional(),
  subPath: notYet("subPath"),
});

const Amounts = z.record(z.string(), z.union([z.string(), z.number()])).optional();

function uniqueMounts(
  mounts: readonly z.output<typeof VolumeMount>[],
  context: z.RefinementCtx,
): void {
  const paths = mounts.map(({ mountPath }) => posix.resolve(mountPath));
  paths.forEach((path, index) => {
    if (paths.indexOf(path) === index) return;
    const message = `something else is mounted at ${path}`;
    context.addIssue({ code: "custom", path: [index, "mountPath"], message });
  });
}

/** Of a port that has no name. */
const DEFAULT_PORT_NAME = "http";

/** The serving container of a Knative Service. */
export const Container = allowOnly(
  {
    name: z
      .string()
      .refine((name) => name !== "queue-proxy", "queue-proxy is reserved")
      .optional(),
    image: z
      .string()
      .min(1)
      .refine(isImage, "is not the name of an image: [registry/]path[:tag], in lower case"),
    command: z.array(z.string()).optional(),
    args: z.array(z.string()).optional(),
    workingDir: z.string().optional(),
    env: z.array(EnvVar).default([]),
    envFrom: z.array(EnvFrom).default([]),
    ports: z.array(KnativePort).max(1, "a Knative Service has one port").default([]),
    resources: z.strictObject({ limits: Amounts, requests: Amounts }).optional(),
    readinessProbe: ReadinessProbe.optional(),
    livenessProbe: Probe.optional(),
    startupProbe: Probe.optional(),
    securityContext: SecurityContext,
    volumeMounts: z.array(VolumeMount).default([]).superRefine(uniqueMounts),
    imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
    terminationMessagePath: z.string().optional(),
    terminationMessagePolicy: z.enum(["", "File", "FallbackToLogsOnError"]).optional(),
  },
  {},
).superRefine(({ ports, readinessProbe, livenessProbe, startupProbe }, context) => {
  const [port] = ports;
  for (const [name, probe] of Object.entries({ readinessProbe, livenessProbe, startupProbe })) {
    for (const handler of ["httpGet", "tcpSocket"] as const) {
      const wanted = probe?.[handler]?.port;
      if (typeof wanted !== "string" || ["", port?.name || DEFAULT_PORT_NAME].includes(wanted)) {
        continue;
      }
      const message = `there is no port called ${wanted}: a probe may name the container's own only`;
      context.addIssue({ code: "custom", path: [name, handler, "port"], message });
    }
  }
});
export type Container = z.output<typeof Container>;
