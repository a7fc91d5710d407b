import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { FunctionFailed, FunctionTimedOut } from '@sendback/domain/gateway';
import { AMPLE_MS, event, FunctionFolder, isAlive, until } from './testing/function-folder';

jest.setTimeout(180_000);

/** The same behaviour in both languages. */
const languages = {
  module: {
    value: 'exports.main_handler = () => 1;',
    pid: 'exports.main_handler = () => process.pid;',
    count: 'let calls = 0; exports.main_handler = () => ++calls;',
    environment: 'exports.main_handler = () => process.env;',
    folder: 'exports.main_handler = () => process.cwd();',
    crash: `exports.main_handler = ({ websocket }) => {
      if (websocket.data === 'crash') process.exit(3);
      return process.pid;
    };`,
    syntaxError: 'exports.main_handler = (;',
    loadError: "throw new Error('no settings');",
    noHandler: 'exports.handler = () => 1;',
    crashIdle: `require('node:fs').appendFileSync('starts', 'x');
      exports.main_handler = () => 1;
      setTimeout(() => process.exit(4), 50);`,
    loop: `const { writeFileSync } = require('node:fs');
      exports.main_handler = ({ websocket }) => {
        if (websocket.data !== 'loop') return 1;
        writeFileSync('pid', String(process.pid));
        for (;;);
      };`,
    bug: "exports.main_handler = () => { throw new Error('bug'); };",
    large: "exports.main_handler = () => 'x'.repeat(8 * 1024 * 1024);",
    prints: `exports.main_handler = ({ websocket }) => {
      console.log('begin ' + websocket.data);
      console.error('wörld 👋');
      process.stdout.write('no end of line');
    };`,
    printsLong: `exports.main_handler = () => {
      console.log('x'.repeat(1_000_000));
      for (let n = 0; n < 200_000; n++) console.log('line ' + n);
      return 'done';
    };`,
    touch: `const { appendFileSync, existsSync } = require('node:fs');
      exports.main_handler = async ({ websocket }) => {
        appendFileSync('calls', websocket.data + ' ');
        while (websocket.data === 'slow' && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10));
        return process.pid;
      };`,
    meet: `const { readdirSync, writeFileSync } = require('node:fs');
      exports.main_handler = async ({ websocket }) => {
        writeFileSync('met.' + process.pid, '');
        const met = () => readdirSync('.').filter((name) => name.startsWith('met.')).length;
        while (met() < Number(websocket.data)) await new Promise((resolve) => setTimeout(resolve, 10));
        return process.pid;
      };`,
    offspring: `const { spawn } = require('node:child_process');
      exports.main_handler = ({ websocket }) => {
        const { pid } = spawn('sleep', ['1000'], { stdio: 'inherit' });
        require('node:fs').writeFileSync('pid', String(pid));
        if (websocket.data === 'crash') process.exit(1);
        return pid;
      };`,
    context: 'exports.main_handler = (event, context) => context;',
    descriptors: "exports.main_handler = () => { require('node:fs').writeSync(3, 'garbage\\n'); return 1; };",
  },
  python: {
    value: 'def main_handler(event, context):\n    return 1',
    pid: 'import os\ndef main_handler(event, context):\n    return os.getpid()',
    count: `
calls = 0
def main_handler(event, context):
    global calls
    calls += 1
    return calls`,
    environment: 'import os\ndef main_handler(event, context):\n    return dict(os.environ)',
    folder: 'import os\ndef main_handler(event, context):\n    return os.getcwd()',
    crash: `
import os
def main_handler(event, context):
    if event["websocket"]["data"] == "crash":
        os._exit(3)
    return os.getpid()`,
    syntaxError: 'def main_handler(:',
    loadError: 'raise ValueError("no settings")',
    noHandler: 'def handler(event, context):\n    return 1',
    crashIdle: `
import os, threading
with open("starts", "a") as file:
    file.write("x")
def main_handler(event, context):
    return 1
threading.Timer(0.05, lambda: os._exit(4)).start()`,
    loop: `
import os
def main_handler(event, context):
    if event["websocket"]["data"] != "loop":
        return 1
    with open("pid", "w") as file:
        file.write(str(os.getpid()))
    while True:
        pass`,
    bug: 'def main_handler(event, context):\n    raise ValueError("bug")',
    large: 'def main_handler(event, context):\n    return "x" * (8 * 1024 * 1024)',
    prints: `
import sys
def main_handler(event, context):
    print("begin " + event["websocket"]["data"])
    print("wörld 👋", file=sys.stderr)
    print("no end of line", end="")`,
    printsLong: `
def main_handler(event, context):
    print("x" * 1000000)
    for n in range(200000):
        print("line %d" % n)
    return "done"`,
    touch: `
import os, time
def main_handler(event, context):
    with open("calls", "a") as file:
        file.write(event["websocket"]["data"] + " ")
    while event["websocket"]["data"] == "slow" and not os.path.exists("go"):
        time.sleep(0.01)
    return os.getpid()`,
    meet: `
import glob, os, time
def main_handler(event, context):
    open("met.%d" % os.getpid(), "w").close()
    while len(glob.glob("met.*")) < int(event["websocket"]["data"]):
        time.sleep(0.01)
    return os.getpid()`,
    offspring: `
import os, subprocess
def main_handler(event, context):
    child = subprocess.Popen(["sleep", "1000"])
    with open("pid", "w") as file:
        file.write(str(child.pid))
    if event["websocket"]["data"] == "crash":
        os._exit(1)
    return child.pid`,
    context: 'def main_handler(event, context):\n    return context',
    descriptors: 'import os\ndef main_handler(event, context):\n    os.write(3, b"garbage\\n")\n    return 1',
  },
} as const;

describe.each(['module', 'python'] as const)('a function in a process (%s)', (language) => {
  const code = languages[language];
  let folder: FunctionFolder;
  beforeEach(() => (folder = new FunctionFolder()));
  afterEach(() => folder.close());

  const failureOf = (outcome: Promise<unknown>): Promise<FunctionFailed | FunctionTimedOut> =>
    outcome.then(
      (value) => Promise.reject(new Error(`it did not fail: ${String(value)}`)),
      (failure: unknown) => failure as FunctionFailed,
    );
  const pidFile = (): string => join(folder.path, 'pid');
  /** Each start is twice as long after the one before; the first wait is half a second. */
  const mostStarts = (ms: number): number => 2 + Math.floor(Math.log2(1 + ms / 500));

  it('keeps its variables from call to call', async () => {
    const invoker = folder[language](code.count);
    const counts: unknown[] = [];
    for (let call = 0; call < 3; call++) counts.push(await invoker.invoke(event(), AMPLE_MS));
    expect(counts).toEqual([1, 2, 3]);
  });

  it('runs one call at a time in a process, and as many processes as there may be', async () => {
    const invoker = folder[language](code.meet, { processes: 2 });
    const pids = await Promise.all(Array.from({ length: 6 }, () => invoker.invoke(event('2'), AMPLE_MS)));
    expect(new Set(pids).size).toBe(2);
  });

  it('is told what SCF would tell it', async () => {
    const environment = { TENCENTCLOUD_REGION: 'ap-beijing', GREETING: 'a=b' };
    const invoker = folder[language](code.context, { memoryMb: 256, environment });
    expect(await invoker.invoke(event('x', 'request-7'), AMPLE_MS)).toEqual({
      request_id: 'request-7',
      function_name: 'transfer',
      function_version: '$LATEST',
      namespace: 'default',
      time_limit_in_ms: AMPLE_MS,
      memory_limit_in_mb: 256,
      environment: '{"SCF_NAMESPACE":"default","TENCENTCLOUD_REGION":"ap-beijing","GREETING":"a=b"}',
      environ: 'SCF_NAMESPACE=default;TENCENTCLOUD_REGION=ap-beijing;GREETING=a=b',
      tencentcloud_region: 'ap-beijing',
      tencentcloud_appid: '',
      tencentcloud_uin: '',
      ...(language === 'module' && { callbackWaitsForEmptyEventLoop: true }),
    });
  });

  it('sees its own environment and nothing secret of the gateway', async () => {
    const hostEnvironment = {
      PATH: env['PATH'],
      TZ: 'Asia/Shanghai',
      LANG: undefined,
      DATABASE_URL: 'mysql://root:hush@db/',
      NODE_OPTIONS: '--no-warnings',
    };
    const invoker = folder[language](code.environment, { hostEnvironment, environment: { GREETING: 'hi' } });
    const seen = (await invoker.invoke(event(), AMPLE_MS)) as Record<string, string>;
    expect(seen).toMatchObject({
      PATH: expect.stringContaining(env['PATH']!),
      TZ: 'Asia/Shanghai',
      LANG: 'C.UTF-8',
      GREETING: 'hi',
      SCF_FUNCTIONNAME: 'transfer',
    });
    expect([seen['DATABASE_URL'], seen['NODE_OPTIONS']]).toEqual([undefined, undefined]);
  });

  it('works in the folder of its file, or in another one', async () => {
    const here = folder[language](code.folder);
    expect(await here.invoke(event(), AMPLE_MS)).toBe(realpathSync(folder.path));
    const elsewhere = folder[language](code.folder, { workingDirectory: '/' });
    expect(await elsewhere.invoke(event(), AMPLE_MS)).toBe('/');
  });

  it('fails with what it threw, and the trace of it is in the log', async () => {
    const invoker = folder[language](code.bug);
    const failure = await failureOf(invoker.invoke(event('x', 'request-7'), AMPLE_MS));
    expect(failure).toBeInstanceOf(FunctionFailed);
    expect(failure).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/transfer threw \w*Error: bug$/),
    });
    const { level, fields } = await folder.logged('a function threw');
    expect([level, fields['function'], fields['requestId']]).toEqual(['error', 'transfer', 'request-7']);
    expect((fields['error'] as Error).stack).toContain(
      language === 'module' ? 'index.js:1' : 'index.py", line 2',
    );
  });

  it('may return up to 8 MiB', async () => {
    const invoker = folder[language](code.large);
    const failure = await failureOf(invoker.invoke(event(), AMPLE_MS));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    expect(failure.message).toContain('returned more than 8388608 bytes');
  });

  it('fails alone when its process crashes, which is replaced', async () => {
    const invoker = folder[language](code.crash, { processes: 1 });
    const before = await invoker.invoke(event(), AMPLE_MS);
    const failure = await failureOf(invoker.invoke(event('crash'), AMPLE_MS));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    expect(failure.message).toContain('ended with code 3');
    const after = await invoker.invoke(event(), AMPLE_MS);
    expect(after).not.toBe(before);
  });

  it('may crash with every call and is called again all the same', async () => {
    const invoker = folder[language](code.crash, { processes: 1 });
    for (let call = 0; call < 5; call++) {
      expect(await failureOf(invoker.invoke(event('crash'), AMPLE_MS))).toMatchObject({ retryable: false });
    }
    expect(await invoker.invoke(event(), AMPLE_MS)).toEqual(expect.any(Number));
  });

  it.each([
    ['syntaxError', 'SyntaxError'],
    ['loadError', 'no settings'],
    ['noHandler', 'main_handler'],
  ] as const)(
    'says at once when its file cannot be loaded (%s), and may be called again',
    async (kind, reason) => {
      const invoker = folder[language](code[kind]);
      const { level, fields } = await folder.logged('a function cannot be loaded');
      expect([level, fields['function']]).toEqual(['error', 'transfer']);
      expect(String(fields['error'])).toContain(reason);
      const failure = await failureOf(invoker.invoke(event(), AMPLE_MS));
      expect(failure).toMatchObject({ code: 'function_failed', retryable: true });
      expect(failure.message).toContain('cannot be loaded');
      expect(failure.message).toContain(reason);
    },
  );

  it('is not started again and again while it cannot be loaded, and works once it can', async () => {
    const invoker = folder[language](code.loadError, { processes: 4 });
    await folder.logged('a function cannot be loaded');
    const begun = performance.now();
    while (performance.now() - begun < 400) await failureOf(invoker.invoke(event(), AMPLE_MS));
    const starts = (): number =>
      folder.log.entries.filter(({ message }) => message === 'a function cannot be loaded').length;
    expect(starts()).toBeLessThanOrEqual(mostStarts(performance.now() - begun));
    folder.write(language === 'module' ? 'index.js' : 'index.py', code.value);
    await until(async () => (await invoker.invoke(event(), AMPLE_MS).catch(() => 0)) === 1);
    expect(starts()).toBeLessThanOrEqual(mostStarts(performance.now() - begun));
  });

  it('is not started again and again where it crashes by itself', async () => {
    folder[language](code.crashIdle);
    const begun = performance.now();
    await until(() => existsSync(join(folder.path, 'starts')));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const starts = readFileSync(join(folder.path, 'starts'), 'utf8').length;
    expect(starts).toBeLessThanOrEqual(mostStarts(performance.now() - begun));
  });

  it('says which program is missing', async () => {
    const invoker = folder.python(languages.python.value, { interpreter: 'python3-that-is-not-there' });
    const { level, fields } = await folder.logged('a process of a function is gone');
    expect([level, fields['how']]).toEqual([
      'error',
      'cannot be started: there is no program python3-that-is-not-there',
    ]);
    const failure = await failureOf(invoker.invoke(event(), AMPLE_MS));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: true });
    expect(failure.message).toContain('there is no program python3-that-is-not-there');
  });

  it('says which folder is missing', async () => {
    const invoker = folder[language](code.value, { workingDirectory: join(folder.path, 'nowhere') });
    const failure = await failureOf(invoker.invoke(event(), AMPLE_MS));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: true });
    expect(failure.message).toContain(`there is no folder ${join(folder.path, 'nowhere')}`);
  });

  it('is killed in an endless loop when its time is over, and the next call has a new process', async () => {
    const invoker = folder[language](code.loop, { processes: 1 });
    await invoker.invoke(event(), AMPLE_MS);
    const failure = await failureOf(invoker.invoke(event('loop'), 4_000));
    expect(failure).toBeInstanceOf(FunctionTimedOut);
    const pid = Number(readFileSync(pidFile(), 'utf8'));
    await until(() => !isAlive(pid));
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(1);
  });

  it('is never called for an event whose time was over before a process was free', async () => {
    const invoker = folder[language](code.touch, { processes: 1 });
    await invoker.invoke(event('first'), AMPLE_MS);
    const slow = invoker.invoke(event('slow'), AMPLE_MS);
    const late = await Promise.all(
      ['late-1', 'late-2'].map((data) => failureOf(invoker.invoke(event(data), 300))),
    );
    expect(late.every((failure) => failure instanceof FunctionTimedOut)).toBe(true);
    expect(late[0]?.message).toContain('found no free process');
    folder.write('go', '');
    await slow;
    await invoker.invoke(event('last'), AMPLE_MS);
    expect(readFileSync(join(folder.path, 'calls'), 'utf8')).toBe('first slow last ');
  });

  it('has what it prints in the log, with the request id of the call', async () => {
    const invoker = folder[language](code.prints, { processes: 1 });
    await Promise.all(
      ['a', 'b', 'c'].map((data) => invoker.invoke(event(data, `request-${data}`), AMPLE_MS)),
    );
    await invoker.close();
    for (const data of ['a', 'b', 'c']) {
      const lines = folder.printed.filter(([requestId]) => requestId === `request-${data}`);
      expect(lines.map(([, text]) => text).sort()).toEqual([`begin ${data}`, 'no end of line', 'wörld 👋']);
    }
  });

  it('may print without end, of which the log gets its share', async () => {
    const invoker = folder[language](code.printsLong);
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe('done');
    const { fields } = await folder.logged('a function printed more than is logged');
    expect(fields['lines']).toBeGreaterThan(0);
    await invoker.close();
    expect(folder.printed.length).toBeLessThan(50_000);
    expect(folder.printed[0]).toEqual(['request-1', `${'x'.repeat(4_096)}…`]);
  });

  it('fails when it writes where answers go', async () => {
    const invoker = folder[language](code.descriptors);
    const failure = await failureOf(invoker.invoke(event(), AMPLE_MS));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it('takes what it started along when it crashes, and when the invoker is closed', async () => {
    const invoker = folder[language](code.offspring);
    await failureOf(invoker.invoke(event('crash'), AMPLE_MS));
    const pids = [Number(readFileSync(pidFile(), 'utf8'))];
    await until(() => !isAlive(pids[0]!));
    pids.push((await invoker.invoke(event(), AMPLE_MS)) as number);
    expect(isAlive(pids[1]!)).toBe(true);
    await invoker.close();
    await until(() => !isAlive(pids[1]!));
  });

  it('has one process kept from the beginning, and none after close', async () => {
    const invoker = folder[language](code.pid);
    const pids = [await invoker.invoke(event(), AMPLE_MS), await invoker.invoke(event(), AMPLE_MS)];
    expect(pids[1]).toBe(pids[0]);
    await Promise.all([invoker.close(), invoker.close()]);
    expect(isAlive(pids[0] as number)).toBe(false);
    expect(existsSync(`/proc/${String(pids[0])}`)).toBe(false);
  });

  it('ends the processes that have nothing to do, but for one', async () => {
    const invoker = folder[language](code.meet, { processes: 3 });
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const pids = (await Promise.all(
        Array.from({ length: 3 }, () => invoker.invoke(event('3'), AMPLE_MS)),
      )) as number[];
      expect(new Set(pids).size).toBe(3);
      // A process is free, and its time begins to run, a turn after its answer.
      await new Promise(setImmediate);
      jest.advanceTimersByTime(60_000);
      jest.useRealTimers();
      await until(() => pids.filter(isAlive).length === 1);
      const [left] = pids.filter(isAlive);
      expect(await invoker.invoke(event('1'), AMPLE_MS)).toBe(left);
    } finally {
      jest.useRealTimers();
    }
  });

  it('ends although it ignores to be told so', async () => {
    const text =
      language === 'module'
        ? "process.on('SIGTERM', () => undefined); exports.main_handler = () => process.pid;"
        : 'import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef main_handler(event, context):\n    return os.getpid()';
    const invoker = folder[language](text);
    const pid = (await invoker.invoke(event(), AMPLE_MS)) as number;
    await invoker.close();
    expect(isAlive(pid)).toBe(false);
  });
});
