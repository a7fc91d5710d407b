'use strict';
// node runner.cjs FILE
//
// Runs a user's function. Descriptor 3 carries lines of JSON: an event with its context in, one at a time, and what
// came of it out. Descriptor 4 carries nothing: it ends with the gateway, and then so does all of this process group.
const { spawn } = require('node:child_process');
const { Socket } = require('node:net');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const [, , file] = process.argv;
const channel = new Socket({ fd: 3 });

/** A shell sees the end of descriptor 4 though an endless loop may keep this thread from it. */
function endWithGateway() {
  const script = `read _; kill -9 -${process.pid}`;
  const guard = spawn('/bin/sh', ['-c', script], { stdio: [4, 'ignore', 'ignore'], env: {} });
  guard.on('error', () => undefined).unref();
  channel.on('error', () => undefined).on('close', () => process.kill(-process.pid, 'SIGKILL'));
}

/** A line on a full pipe waits until it is read, and is not kept in this process's memory. */
function printAtOnce() {
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
}

async function load() {
  const module_ = await import(pathToFileURL(file).href);
  const handler = module_.main_handler ?? module_.default?.main_handler;
  if (typeof handler === 'function') return handler;
  throw new TypeError(`${file} exports no function main_handler`);
}

/**
 * As with SCF, a promise's outcome counts where one is returned, else what the callback is given. A handler that
 * declares no callback returns its value; one that declares it and never calls it is done when nothing is left to wait for.
 */
function call(handler, event, context) {
  let called = false;
  let callback;
  const calledBack = new Promise((resolve, reject) => {
    callback = (error, value) => {
      called = true;
      if (error === undefined || error === null) resolve(value);
      else reject(error);
    };
  });
  calledBack.catch(() => undefined);
  const returned = handler(event, context, callback);
  if (typeof returned?.then === 'function') return returned;
  if (called) return calledBack;
  if (handler.length < 3) return returned;
  return Promise.race([calledBack, nothingLeft(calledBack).then(() => returned)]);
}

/** Resolves when only the channel keeps this process alive, or when `instead` is settled. */
function nothingLeft(instead) {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('beforeExit', stop);
      channel.ref();
      resolve();
    };
    channel.unref();
    process.on('beforeExit', stop);
    instead.then(stop, stop);
  });
}

function withTime(context, remainingMs) {
  const end = performance.now() + remainingMs;
  const getRemainingTimeInMillis = () => Math.max(0, Math.floor(end - performance.now()));
  return { ...context, callbackWaitsForEmptyEventLoop: true, getRemainingTimeInMillis };
}

const failure = (error) => ({
  failed: (error instanceof Error ? String(error) : inspect(error)).slice(0, 1_024),
  trace: inspect(error).slice(0, 16_384),
});

const lineOf = (reply) => `${JSON.stringify(reply)}\n`;

async function answerTo(handler, { event, context, remainingMs }) {
  try {
    const value = await call(handler, event, withTime(context, remainingMs));
    const line = lineOf({ value: value ?? null });
    if (Buffer.byteLength(line) <= MAX_ANSWER_BYTES) return line;
    throw new RangeError(`returned more than ${MAX_ANSWER_BYTES} bytes of JSON`);
  } catch (error) {
    return lineOf(failure(error));
  }
}

function serve(handler) {
  let text = '';
  channel.setEncoding('utf8').on('data', (piece) => {
    text += piece;
    if (!text.endsWith('\n')) return;
    const request = JSON.parse(text);
    text = '';
    void answerTo(handler, request).then((line) => channel.write(line));
  });
  channel.write(lineOf({ ready: true }));
}

endWithGateway();
printAtOnce();
process.argv = [process.argv[0], file];
load().then(serve, (error) => channel.write(lineOf(failure(error)), () => process.exit(1)));
