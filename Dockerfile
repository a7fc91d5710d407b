# One image for every app: the command says which. By itself it runs all of it in one process, on SQLite in /data:
#   docker build -t sendback . && docker run --init -p 8080:8080 -v sendback:/data sendback

FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npx nx run-many -t build -p tag:type:app --output-style=static

# A bundle needs nothing but Node, and for functions of kind python that; the library beside those that can open SQLite is
# of the same Debian.
FROM node:20-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=build /src/dist/apps ./
RUN install -d -o node -g node /data
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "const url = process.env.HEALTH_URL; if (url) fetch(url).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=100", "--no-memory-reducer", "standalone/index.js"]
