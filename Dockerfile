# One image per function:
#   docker build --build-arg FUNCTION=alert-handle --tag dev.local/vigie/alert-handle:dev .
# All functions are built by one stage; from there on each image knows its own files alone, so a change
# of one function leaves the others' images, with their ids, as they were.
# What verifies a cluster from inside (docs/minikube.md):
#   docker build --target verify --tag dev.local/vigie/verify:dev .
# A digest goes behind the tag: --build-arg RUNTIME=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:…
ARG BUILDER=docker.io/library/node:24.21.0-trixie-slim
ARG RUNTIME=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILDER} AS build
# What was installed to build with; what is in an image, its own /app/sbom.spdx.json says.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
WORKDIR /src
COPY package.json package-lock.json ./
# No package's own scripts: esbuild needs none, and the package "node" is the builder's Node.
RUN --mount=type=cache,target=/root/.npm ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
COPY tsconfig.json ./
COPY functions functions
COPY shared shared
RUN ["node", "functions/build.ts", "--each", "--quiet", "--out", "/out"]

FROM build AS build-verify
COPY knative/cluster/verify knative/cluster/verify
RUN ["node", "functions/build.ts", "--each", "--quiet", "--program", "knative/cluster/verify", "--out", "/verify"]

# It runs once: no compile cache.
FROM ${RUNTIME} AS verify
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigie verify" \
      org.opencontainers.image.description="Walks one alert through a cluster, from the post to the resized pod: PASS or FAIL." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build-verify --chown=0:0 /verify/verify /app/
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/main.cjs"]

# The compile cache is made by the Node that will read it: another version, architecture or user
# would start without. There is no shell in here, hence the JSON form. One function's files and no
# other's: V8 makes other bytes each time, and this runs again only where these files have changed.
FROM ${RUNTIME} AS warm
# Without a function, the copy below finds nothing and says so.
ARG FUNCTION=none
USER 65532:65532
COPY functions/warm.ts functions/build-cache.ts functions/compile-code.ts /warm/
COPY --from=build --chown=65532:65532 /out/${FUNCTION} /out/${FUNCTION}
RUN ["/nodejs/bin/node", "/warm/warm.ts", "/out"]

FROM ${RUNTIME} AS function
ARG FUNCTION=none
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigie ${FUNCTION}" \
      org.opencontainers.image.description="Prometheus alerts become CloudEvents; small functions label, decide and resize." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Root's, and read by whoever runs it: a function cannot change its own code, nor its cache. The folder
# too: WORKDIR, where it comes first, makes it for the base's user, who is the function's.
COPY --from=warm --chown=0:0 /out/${FUNCTION} /app/
WORKDIR /app
ENV NODE_ENV=production
# A number: kubelet cannot tell from a name whether it is root's (runAsNonRoot).
USER 65532:65532
EXPOSE 8080
# No shell and no npm in between: SIGTERM reaches the function itself.
ENTRYPOINT ["/nodejs/bin/node", "/app/main.cjs"]
