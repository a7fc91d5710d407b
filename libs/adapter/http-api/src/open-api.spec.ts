import { validate } from '@apidevtools/swagger-parser';
import type { RouteOptions } from 'fastify';
import { PROBLEMS } from './problem';
import { ApiBench, type Document } from './testing/api-bench';

describe('the document of the API', () => {
  let bench: ApiBench;
  let document: Document;
  const routes: RouteOptions[] = [];

  beforeAll(async () => {
    bench = await ApiBench.start({
      routes: (app) => app.addHook('onRoute', (route) => void routes.push(route)),
    });
    document = (await bench.ask('GET', '/v1/openapi.json')).json as Document;
  });
  afterAll(() => bench.api.close());

  it('is valid', async () => {
    expect(document.openapi).toBe('3.1.0');
    await validate(structuredClone(document) as never);
  });

  it('holds every route, and nothing else', () => {
    const served = routes
      .filter(({ schema }) => !(schema && 'hide' in schema))
      .flatMap(({ method, url }) =>
        [method].flat().map((one) => `${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`),
      )
      .filter((route) => !route.startsWith('HEAD '));
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(served.sort());
    expect(described).toHaveLength(9);
  });

  it('names every error code', () => {
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      expect(document.info.description).toContain(`| ${status} | \`${code}\` | `);
    }
  });

  it('asks for a token everywhere but for itself', () => {
    const open = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ security }) => (security?.length === 0 ? [path] : [])),
    );
    expect(open).toEqual(['/v1/openapi.json']);
    expect(document).toMatchObject({ security: [{ token: [] }] });
  });
});
