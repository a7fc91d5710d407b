import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Graph {
  readonly nodes: Readonly<
    Record<string, { readonly data: { root: string; tags: string[]; targets: object } }>
  >;
  readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
}

const workspace = join(__dirname, '../..');

function projectGraph(): Graph {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-graph-'));
  try {
    const nx = join(workspace, 'node_modules/.bin/nx');
    const file = join(folder, 'graph.json');
    execFileSync(nx, ['graph', `--file=${file}`], { cwd: workspace, stdio: 'ignore' });
    return (JSON.parse(readFileSync(file, 'utf8')) as { graph: Graph }).graph;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the workspace', () => {
  const graph = projectGraph();
  const projects = Object.entries(graph.nodes)
    .map(([name, { data }]) => ({ name, ...data }))
    .filter(({ tags }) => !tags.includes('type:tool'));

  it('tags every project with the folder it lies in', () => {
    const folderTag = (root: string): string =>
      root.startsWith('apps/') ? 'type:app' : `type:${root.split('/')[1] ?? 'none'}`;
    expect(projects.map(({ name, tags }) => [name, tags.filter((tag) => tag.startsWith('type:'))])).toEqual(
      projects.map(({ name, root }) => [name, [folderTag(root)]]),
    );
  });

  it('has only apps, domain and adapter libraries', () => {
    const folders = new Set(projects.map(({ root }) => root.replace(/\/[^/]+$/, '')));
    expect([...folders].sort()).toEqual(['apps', 'libs/adapter', 'libs/domain']);
  });

  it('builds, tests, lints and type-checks every project', () => {
    for (const { name, targets } of projects) {
      expect([name, Object.keys(targets)]).toEqual([
        name,
        expect.arrayContaining(['build', 'test', 'lint', 'typecheck']),
      ]);
    }
  });

  it('sees the imports between projects, without which the boundary rule checks nothing', () => {
    const targets = (name: string): string[] => (graph.dependencies[name] ?? []).map(({ target }) => target);
    expect(targets('domain-messaging')).toContain('domain-connection');
    expect(targets('adapter-scf')).toContain('domain-messaging');
    expect(targets('transfer')).toContain('adapter-scf');
  });
});
