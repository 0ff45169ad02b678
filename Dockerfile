# syntax=docker/dockerfile:1
# One image for every program; the command chooses. Node is the version that package.json pins.
FROM node:24.21.0-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# The optional packages are Node and PostgreSQL for machines that have none: here the base has the one, and a server
# is the other.
FROM base AS libraries
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM base AS pages
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY schema schema
COPY gateway/evidence gateway/evidence
COPY gateway/explorer gateway/explorer
COPY gateway/verifier gateway/verifier
RUN npm run prepare

FROM base
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=libraries /app/node_modules node_modules
COPY LICENSE ./
COPY schema schema
COPY subgraphs subgraphs
COPY gateway gateway
COPY --from=pages /app/gateway/explorer/dist gateway/explorer/dist
COPY --from=pages /app/gateway/verifier/dist gateway/verifier/dist
# Whatever volumes are put there are the gateway's alone: for its keys, and for the heads of its log.
RUN install --directory --mode=0700 --owner=node --group=node /var/lib/lien-thong /var/lib/lien-thong-heads
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/cli/lien-thong.ts", "gateway"]
