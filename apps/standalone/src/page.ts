import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'Content-Security-Policy': "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/** Serves the files of a folder, read once, at the root; index.html is `/`. */
export function servePage(folder: string): (app: FastifyInstance) => void {
  return (app) => {
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name));
      const type = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream';
      app.get(name === 'index.html' ? '/' : `/${name}`, (_request, reply) =>
        reply.headers(HEADERS).type(type).send(content),
      );
    }
  };
}
