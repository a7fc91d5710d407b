import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { FunctionFolder, isAlive, until } from './testing/function-folder';

jest.setTimeout(180_000);

/** A program of two functions, one idle and one in an endless loop, that says their processes once both are there. */
const PROGRAM = `
  const { ModuleFunctionInvoker, PythonFunctionInvoker } = require('./process.js');
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const options = (file) => ({ name: file, file: __dirname + '/' + file, hostEnvironment: process.env, log });
  const event = (data) => ({ requestContext: { requestId: 'r' }, websocket: { data } });
  const invokers = [
    new ModuleFunctionInvoker(options('index.js')),
    new PythonFunctionInvoker(options('index.py')),
  ];
  const all = invokers.flatMap((invoker) => [
    invoker.invoke(event('loop'), 100_000),
    invoker.invoke(event('idle'), 100_000),
  ]);
  Promise.all([all[1], all[3]]).then((pids) => console.log(JSON.stringify(pids)));
`;

const MODULE = `
  exports.main_handler = ({ websocket }) => {
    if (websocket.data === 'idle') return process.pid;
    require('node:fs').writeFileSync(__dirname + '/module.pid', String(process.pid));
    for (;;);
  };
`;

const PYTHON = `
import os
def main_handler(event, context):
    if event["websocket"]["data"] == "idle":
        return os.getpid()
    with open("python.pid", "w") as file:
        file.write(str(os.getpid()))
    while True:
        pass
`;

describe('the processes of functions', () => {
  const folder = new FunctionFolder();
  afterAll(() => folder.close());

  it('end with a gateway that is killed, endless loops among them', async () => {
    await build({
      entryPoints: [join(__dirname, 'index.ts')],
      outfile: join(folder.path, 'process.js'),
      tsconfig: join(__dirname, '../../../../tsconfig.base.json'),
      bundle: true,
      platform: 'node',
    });
    for (const runner of ['runner.cjs', 'runner.py'])
      copyFileSync(join(__dirname, runner), join(folder.path, runner));
    folder.write('index.js', MODULE);
    folder.write('index.py', PYTHON);
    const gateway = spawn(execPath, [folder.write('main.cjs', PROGRAM)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(gateway.stdout), 'line')) as [string];
    const pidFiles = ['module.pid', 'python.pid'].map((name) => join(folder.path, name));
    await until(() => pidFiles.every((file) => existsSync(file) && readFileSync(file, 'utf8') !== ''));
    const pids = [
      ...(JSON.parse(line) as number[]),
      ...pidFiles.map((file) => Number(readFileSync(file, 'utf8'))),
    ];
    expect(new Set(pids.filter(isAlive)).size).toBe(4);
    gateway.kill('SIGKILL');
    try {
      await until(() => !pids.some(isAlive));
    } finally {
      for (const pid of pids.filter(isAlive)) kill(pid, 'SIGKILL');
    }
  });
});
