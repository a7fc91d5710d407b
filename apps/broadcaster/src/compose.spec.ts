import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeteredBroadcastLedger, MeteredPusher, MonitoringListener } from '@sendback/adapter/monitoring';
import { Database } from '@sendback/adapter/typeorm';
import { Broadcaster, BroadcastLedger, BroadcastQueue, Pusher } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeBroadcaster } from './compose';
import { readConfig } from './config';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
};

describe('the broadcaster', () => {
  it('is wired, and has no listener unless it is asked for one', () => {
    const container = composeBroadcaster(readConfig(environment), new MemoryLog());
    expect(container.get(Broadcaster)).toBeInstanceOf(Broadcaster);
    expect(container.get(MonitoringListener, { optional: true })).toBeUndefined();
  });

  it('names every variable that is missing', () => {
    expect(() => readConfig({})).toThrow(
      'DATABASE_URL is missing\nSENDBACK_URL is missing\nQUEUE_URL is missing',
    );
  });

  it('measures what it pushes and records', () => {
    const container = composeBroadcaster(readConfig(environment), new MemoryLog());
    expect(container.get(Pusher)).toBeInstanceOf(MeteredPusher);
    expect(container.get(BroadcastLedger)).toBeInstanceOf(MeteredBroadcastLedger);
  });
});

describe('the broadcaster, to those who watch it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-broadcaster-'));
  const DATABASE_URL = `sqlite:${join(folder, 'sendback.db')}`;
  const config = readConfig({ ...environment, DATABASE_URL, MONITORING_PORT: '0' });
  const container = composeBroadcaster(config, new MemoryLog());
  let address: AddressInfo;

  beforeAll(async () => {
    address = await container.get(MonitoringListener).start();
    // To make the tables may take longer than a check may.
    while (!(await get('/readyz')).ok);
  });
  afterAll(async () => {
    await container.get(MonitoringListener).close();
    await container.get(Database).close();
    rmSync(folder, { recursive: true });
  });

  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${address.port}${path}`);

  it('shows on loopback whether database and queue answer', async () => {
    expect(address.address).toBe('127.0.0.1');
    expect(await (await get('/readyz')).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', queue: 'ok' },
    });
  });

  it('shows what is on the queue', async () => {
    await container.get(BroadcastQueue).publish({
      broadcastId: 'b',
      target: { kind: 'room', room: 'lobby', except: null },
      payload: { dataType: 'text', data: 'x' },
      acceptedAt: 0,
      traceparent: null,
    });
    const text = await (await get('/metrics')).text();
    expect(text).toContain('sendback_queue_depth{app="broadcaster"} 1\n');
    expect(text).toMatch(/sendback_queue_store_duration_seconds_count\{.*outcome="ok".*\} 1\n/);
  });
});
