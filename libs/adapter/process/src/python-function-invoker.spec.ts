import { AMPLE_MS, event, FunctionFolder, until } from './testing/function-folder';

jest.setTimeout(180_000);

describe('a Python function', () => {
  let folder: FunctionFolder;
  beforeEach(() => (folder = new FunctionFolder()));
  afterEach(() => folder.close());

  /** What it printed is in the log by then. */
  const answerOf = async (text: string, data?: string): Promise<unknown> => {
    const answer = await folder.python(text).invoke(event(data), AMPLE_MS);
    await new Promise((resolve) => setImmediate(resolve));
    return answer;
  };

  it.each([
    ['a dict', '{"errNo": 0, 1: [True, None, 1.5]}', { errNo: 0, 1: [true, null, 1.5] }],
    ['a tuple', '(1, "a")', [1, 'a']],
    ['nothing', 'None', null],
    ['text of any script', '"héllo 👩‍👩‍👧‍👦 مرحبا \\u0000\\u2028"', 'héllo 👩‍👩‍👧‍👦 مرحبا \u0000\u2028'],
    ['a lone surrogate', '"\\ud83d"', '\ud83d'],
  ])('answers %s', async (_, expression, value) => {
    expect(await answerOf(`def main_handler(event, context):\n    return ${expression}`)).toEqual(value);
  });

  it('is given text of any script, and prints it', async () => {
    const text =
      'def main_handler(event, context):\n    data = event["websocket"]["data"]\n    print(data)\n    return data';
    expect(await answerOf(text, 'é👋\ud83d')).toBe('é👋\ud83d');
    expect(folder.printed).toEqual([['request-1', 'é👋\\ud83d']]);
  });

  it.each([
    ['not a number', 'float("nan")', 'ValueError'],
    ['infinity', '{"a": [float("inf")]}', 'ValueError'],
    ['bytes', 'b"x"', 'TypeError'],
    ['a set', '{1}', 'TypeError'],
    ['what holds itself', 'loop()', 'ValueError'],
    ['a nesting too deep', 'deep()', 'RecursionError'],
  ])('fails for %s, which JSON cannot carry', async (_, expression, error) => {
    const text = `
def loop():
    value = []
    value.append(value)
    return value
def deep():
    value = []
    for _ in range(100000):
        value = [value]
    return value
def main_handler(event, context):
    return ${expression}`;
    await expect(answerOf(text)).rejects.toMatchObject({
      code: 'function_failed',
      retryable: false,
      message: expect.stringContaining(`threw ${error}`),
    });
  });

  it('fails with the code of sys.exit', async () => {
    const text = 'import sys\ndef main_handler(event, context):\n    sys.exit(5)';
    await expect(answerOf(text)).rejects.toMatchObject({
      message: expect.stringContaining('ended with code 5'),
    });
  });

  it('finds modules beside it, whatever its working directory, and its own', async () => {
    folder.write('part.py', 'greeting = "hi"');
    const text = `
import pickle
import part
class Thing:
    pass
def main_handler(event, context):
    return [part.greeting, type(pickle.loads(pickle.dumps(Thing()))).__name__, __name__]`;
    const invoker = folder.python(text, { workingDirectory: '/' });
    expect(await invoker.invoke(event(), AMPLE_MS)).toEqual(['hi', 'Thing', 'index']);
  });

  it('may use processes of its own, and threads', async () => {
    const text = `
import multiprocessing
import concurrent.futures
def double(n):
    return n * 2
def main_handler(event, context):
    with concurrent.futures.ThreadPoolExecutor(2) as threads, multiprocessing.get_context("spawn").Pool(1) as pool:
        return [list(threads.map(double, [1, 2])), pool.map(double, [3, 4])]`;
    expect(await answerOf(text)).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });

  it('may replace and close what it prints to', async () => {
    const text = `
import io, sys
def main_handler(event, context):
    sys.stdout = io.StringIO()
    sys.stderr.close()
    return 1`;
    const invoker = folder.python(text);
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(1);
  });

  it('runs the registration function of the documents as it is printed there', async () => {
    const text = `# -*- coding: utf8 -*-
import json

def main_handler(event, context):
    print('Start Register function')
    print("event is %s"%event)
    retmsg = {}
    global connectionID
    if 'requestContext' not in event.keys():
        return {"errNo":101, "errMsg":"not found request context"}
    if 'websocket' not in event.keys():
        return {"errNo":102, "errMsg":"not found websocket"}
    connectionID = event['websocket']['secConnectionID']
    retmsg['errNo'] = 0
    retmsg['errMsg'] = "ok"
    retmsg['websocket'] = {
            "action":"connecting",
            "secConnectionID":connectionID
        }
    print("connecting \\n connection id:%s"%event['websocket']['secConnectionID'])
    return retmsg
`;
    expect(await answerOf(text)).toEqual({
      errNo: 0,
      errMsg: 'ok',
      websocket: { action: 'connecting', secConnectionID: 'abc==' },
    });
    expect(folder.printed.map(([, line]) => line)).toEqual([
      'Start Register function',
      expect.stringContaining("event is {'requestContext': {'requestId': 'request-1'"),
      'connecting',
      ' connection id:abc==',
    ]);
  });

  it('is loaded anew when code beside it changes', async () => {
    folder.write('part.py', 'version = 1');
    const text = 'from part import version\ndef main_handler(event, context):\n    return version';
    const invoker = folder.python(text, { watch: true });
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(1);
    folder.write('part.py', 'version = 2 + 0');
    await until(async () => (await invoker.invoke(event(), AMPLE_MS)) === 2);
  });
});
