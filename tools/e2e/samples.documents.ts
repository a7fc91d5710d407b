import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePythonFunctions, type PythonSources } from './support/python-conversation';

/**
 * npm run test:samples: the functions that the documents of Tencent Cloud print, run as they stand there. The documents
 * are texts or Markdown in the folder that SAMPLE_DOCUMENTS names.
 */
const FOLDER = process.env['SAMPLE_DOCUMENTS'];
if (!FOLDER)
  throw new Error('SAMPLE_DOCUMENTS must name a folder with the documents (583/31438 and its kin)');

const START = /^[ \t]*(# -\*- coding.*\n[ \t]*)?import json$/gm;
const END = /^[ \t]*return (event|retmsg)[ \t]*$/gm;

describe('samples in documents', () => {
  let used = 0;
  for (const name of readdirSync(FOLDER).sort()) {
    const sources = samplesIn(readFileSync(join(FOLDER, name), 'utf8'));
    if (!sources) {
      process.stdout.write(`${name}: no samples, or printed without their indentation\n`);
      continue;
    }
    used++;
    describePythonFunctions(`the samples in ${name}`, sources, pythonWithRequests);
  }

  it('were found', () => {
    expect(used).toBeGreaterThan(0);
  });
});

/** Null where a document has none, or not as Python can read them. */
function samplesIn(document: string): PythonSources | null {
  const starts = [...document.matchAll(START)].map(({ index }) => index);
  const programs = starts.map((start, n) => programIn(document.slice(start, starts[n + 1])));
  const of = (greeting: string): string =>
    programs.find((program) => program.includes(`Start ${greeting} function`)) ?? '';
  const [register, transfer, cleanup] = [of('Register'), of('Transmission'), of('Delete')];
  const readable = /def main_handler\(event, context\):\n[ \t]+print/;
  return [register, transfer, cleanup].every((program) => readable.test(program))
    ? { register, transfer, cleanup }
    : null;
}

/** To the last of its returns, moved to the left as far as its first line is indented. */
function programIn(text: string): string {
  const end = [...text.matchAll(END)].map(({ index, 0: { length } }) => index + length).at(-1) ?? 0;
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  const lines = text.slice(0, end).split('\n');
  return `${lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n')}\n`;
}

function pythonWithRequests(): string {
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import requests']).status === 0,
  );
  if (!found) throw new Error('no python3 has the requests package: apt-get install python3-requests');
  return found;
}
