import { fastify } from 'fastify';
import { meterRequests } from './meter-requests';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

it('requests are counted by their route, not by their URL', async () => {
  const metrics = new Metrics('test');
  const app = fastify();
  meterRequests(app, metrics);
  app.get('/things/:id', (request, reply) =>
    reply.code((request.params as { id: string }).id === '3' ? 404 : 200).send('x'),
  );
  const port = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port;
  for (const path of ['things/1', 'things/2', 'things/3', 'nothing', 'nowhere']) {
    await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
  }
  await app.close();
  const count = (route: string, status: number): string =>
    `sendback_http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`;
  expect(await scrape(metrics, 'sendback_')).toEqual({
    [count('/things/:id', 200)]: 2,
    [count('/things/:id', 404)]: 1,
    [count('none', 404)]: 2,
  });
});
