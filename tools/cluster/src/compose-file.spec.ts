import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
/* eslint-disable @nx/enforce-module-boundaries -- what stands in the file has to be what the apps take */
import { readConfig as readApi } from '../../../apps/api/src/config';
import { readConfig as readBroadcaster } from '../../../apps/broadcaster/src/config';
import { readConfig as readFunctionHost } from '../../../apps/function-host/src/config';
import { parseConfig as parseGateway } from '../../../apps/gateway/src/config/config';
import { readConfig as readMigrate } from '../../../apps/migrate/src/config';
/* eslint-enable @nx/enforce-module-boundaries */

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly healthcheck?: object;
  readonly restart: string;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const WORKSPACE = resolve(__dirname, '../../..');
const SECRETS: Readonly<Record<string, string>> = {
  MYSQL_PASSWORD: 'a1',
  RABBITMQ_PASSWORD: 'b2',
  PUSH_ID: `api-${'c3'.repeat(16)}`,
  API_TOKENS: 'd4'.repeat(24),
};
const read = (name: string): string => readFileSync(join(WORKSPACE, name), 'utf8');

/** As Compose does: `${NAME:?why it is needed}` and `${NAME:-default}`. */
function interpolated(text: string): string {
  return text.replaceAll(/\$\{(\w+)(:[?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const value = SECRETS[name] ?? (kind === ':-' ? rest : undefined);
    if (value === undefined) throw new Error(`${name} is not known`);
    return value;
  });
}

const raw = read('compose.yaml');
const file = parse(interpolated(raw), { merge: true }) as ComposeFile;
const services = Object.entries(file.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const networksOf = ({ networks }: Service): string[] =>
  Array.isArray(networks) ? (networks as string[]) : Object.keys(networks);
const environmentOf = (name: string): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(file.services[name]?.environment ?? {}).flatMap(([variable, value]) =>
      value === null ? [] : [[variable, String(value)]],
    ),
  );

describe('compose.yaml', () => {
  it('has the topology', () => {
    expect(services.map(([name]) => name)).toEqual([
      'mariadb',
      'rabbitmq',
      'migrate',
      'function-host-1',
      'function-host-2',
      'broadcaster',
      'api',
      'gateway',
    ]);
  });

  it('has a default for no secret, and says where they come from', () => {
    const variables = [...raw.matchAll(/\$\{(\w+)([^}]*)\}/g)].map(([, name = '', rest]) => [name, rest]);
    const required = variables.filter(([name]) => name !== 'LOG_LEVEL');
    expect(new Set(required.map(([name]) => name))).toEqual(new Set(Object.keys(SECRETS)));
    for (const [name, rest] of required) expect([name, rest]).toEqual([name, ':?see compose.yaml']);
    for (const name of Object.keys(SECRETS)) expect(raw).toMatch(new RegExp(`^# +echo "${name}=`, 'm'));
  });

  it.each(ours)('runs an app that there is: %s', (_, { build, command = [] }) => {
    expect(existsSync(join(WORKSPACE, build ?? '', 'Dockerfile'))).toBe(true);
    const bundles = [...command.join(' ').matchAll(/node (?:--\S+ )*(\S+)\/index\.js/g)].map(
      ([, app = '']) => app,
    );
    expect(bundles.length).toBeGreaterThan(0);
    for (const app of bundles) expect(existsSync(join(WORKSPACE, 'apps', app, 'src/main.ts'))).toBe(true);
  });

  it.each(services)('names only what it has: %s', (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = file.services[name];
      const finished = other?.restart === 'no';
      const isHealthy = other?.healthcheck !== undefined || environmentOf(name)['HEALTH_URL'] !== undefined;
      expect([name, condition]).toEqual([
        name,
        finished ? 'service_completed_successfully' : 'service_healthy',
      ]);
      expect([name, finished || isHealthy]).toEqual([name, true]);
    }
    const networks = Object.keys(file.networks);
    expect(networks).toEqual(expect.arrayContaining(networksOf(service)));
    for (const volume of service.volumes ?? [])
      expect(Object.keys(file.volumes)).toContain(volume.split(':')[0]);
    for (const { source } of service.configs ?? []) expect(Object.keys(file.configs)).toContain(source);
  });

  it('gives every app an environment that it takes', () => {
    readMigrate(environmentOf('migrate'));
    readBroadcaster(environmentOf('broadcaster'));
    const ports = [readApi(environmentOf('api')).PORT];
    for (const name of ['function-host-1', 'function-host-2'])
      ports.push(readFunctionHost(environmentOf(name)).PORT);
    expect(ports).toEqual([8070, 8090, 8090]);
    const hosts = new Set(services.map(([name]) => name));
    for (const [name] of ours.filter(([app]) => app !== 'gateway')) {
      const { DATABASE_URL = '', QUEUE_URL = '' } = environmentOf(name);
      for (const url of [DATABASE_URL, QUEUE_URL]) expect(hosts).toContain(new URL(url).hostname);
    }
  });

  it('gives the gateway a configuration that it takes, and in which it finds the functions', () => {
    const { target, source } = file.services['gateway']!.configs![0]!;
    expect(environmentOf('gateway')['GATEWAY_CONFIG']).toBe(target);
    const config = parseGateway(target, file.configs[source]!.content);
    const [api] = config.apis;
    for (const called of ['register', 'transfer', 'cleanup'] as const) {
      expect(api?.functions[called]).toMatchObject({
        url: ['function-host-1', 'function-host-2'].map(
          (name) => `http://${name}:${environmentOf(name)['PORT'] ?? ''}/${called}`,
        ),
      });
    }
    const { host, port } = config.reversePush;
    expect(environmentOf('broadcaster')['SENDBACK_URL']).toBe(`http://${host}:${port}/${api?.id ?? ''}`);
  });

  it('shows the public the gateway alone, and of that not where functions push', () => {
    expect(file.networks['inside']).toEqual({ internal: true });
    const outside = services.filter(([, service]) => networksOf(service).includes('outside'));
    expect(outside.map(([name, { ports }]) => [name, ports])).toEqual([
      ['api', ['127.0.0.1:8070:8070']],
      ['gateway', ['8080:8080']],
    ]);
    expect(services.flatMap(([name, { ports }]) => (ports ? [name] : []))).toEqual(['api', 'gateway']);
    const { host } = parseGateway('gateway', file.configs['gateway']!.content).reversePush;
    expect(file.services['gateway']!.networks).toEqual({ inside: { aliases: [host] }, outside: {} });
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const run = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('builds on one base in two stages, from files that there are', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(bases).toEqual(['node:20-bookworm-slim', 'node:20-bookworm-slim']);
    const copied = lines
      .filter((line) => /^COPY (?!--)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    for (const name of copied) expect([name, existsSync(join(WORKSPACE, name))]).toEqual([name, true]);
  });

  it('takes nothing along but the built apps, and runs them as somebody without rights', () => {
    expect(run.filter((line) => line.startsWith('COPY '))).toEqual(['COPY --from=build /src/dist/apps ./']);
    const user = run.indexOf('USER node');
    expect(user).toBeGreaterThan(0);
    expect(run.slice(user).some((line) => line.startsWith('RUN '))).toBe(false);
    expect(run.at(-1)).toBe(
      'CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=100", "--no-memory-reducer", "standalone/index.js"]',
    );
  });

  it('leaves secrets and what was built elsewhere out of the image', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git', '.data', 'dist', 'node_modules']));
  });

  it('asks after the health of what has an address for it', () => {
    const [, list = ''] =
      /CMD (\[.*\])/.exec(run.find((line) => line.startsWith('HEALTHCHECK ')) ?? '') ?? [];
    const [program, flag, script] = JSON.parse(list) as string[];
    expect([program, flag]).toEqual(['node', '-e']);
    expect(script).toContain('process.env.HEALTH_URL');
    for (const [name] of ours.filter(([, { restart }]) => restart !== 'no'))
      expect(environmentOf(name)['HEALTH_URL']).toMatch(/^http:\/\/(127\.0\.0\.1|push):\d+\/healthz$/);
  });
});
