import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstall, findProgram, GuardedProcess, install, watch } from '@sendback/tools/services';
import { textOf } from '../fanout/message';
import { CORE, pin } from '../support/cores';
import { BYTES, type Pushed, type PushOrders } from './push-load';

/** An HTTP load generator in C, which is given what to post by a script in Lua. */
export class Wrk {
  private constructor(private readonly file: string) {}

  /** Installs it where it is missing and that can be done. @throws Error that says what to install */
  static async find(say: (line: string) => void): Promise<Wrk> {
    if (!findProgram(['wrk']) && canInstall()) {
      say('wrk: not installed; installing it');
      await install(['wrk']).catch((error: unknown) => say(`wrk could not be installed: ${String(error)}`));
    }
    const file = findProgram(['wrk']);
    if (file !== null) return new Wrk(file);
    throw new Error('not installed (Debian, Ubuntu: apt-get install wrk)');
  }

  /** @throws Error with what it wrote when any push was not answered with 200 */
  async push({ address, ids, from, inFlight, ms }: PushOrders): Promise<Pushed> {
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    try {
      const script = join(folder, 'push.lua');
      writeFileSync(script, scriptFor(ids, from));
      const seconds = Math.max(1, Math.round(ms / 1_000));
      const options = ['-t', '1', '-c', String(inFlight), '-d', `${seconds}s`, '-s', script];
      const command = { file: this.file, args: [...options, address], env: {} };
      const wrk = await GuardedProcess.start(command);
      await pin(wrk.pid, CORE.load);
      await wrk.ended;
      return readReport(wrk.output);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      gone();
    }
  }
}

function readReport(output: string): Pushed {
  const [, pushes, microseconds, errors] = /^pushed (\d+) (\d+) (\d+)$/m.exec(output) ?? [];
  if (errors !== '0') throw new Error(`wrk failed:\n${output}`);
  return { pushes: Number(pushes), seconds: Number(microseconds) / 1e6 };
}

/** Posts what our pusher posts. */
function scriptFor(ids: readonly string[], from: number): string {
  const [filler = ''] = /\D.*$/.exec(textOf(0, BYTES)) ?? [];
  return `local ids = {${ids.map((id) => JSON.stringify(id)).join()}}
local number = ${from}
wrk.headers['Content-Type'] = 'application/json'
function request()
  local id = ids[number % #ids + 1]
  local body = string.format('{"websocket":{"action":"data send","secConnectionID":"%s","dataType":"text",' ..
    '"data":"%08d${filler}","messageId":"m%d"}}', id, number, number)
  number = number + 1
  return wrk.format('POST', nil, nil, body)
end
function done(summary)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('pushed %d %d %d\\n', summary.requests, summary.duration, errors))
end
`;
}
