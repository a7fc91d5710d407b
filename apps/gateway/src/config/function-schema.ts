import { SigningSecret } from '@sendback/adapter/function';
import { variable } from '@sendback/adapter/node';
import { DEFAULT_FUNCTION_TIMEOUT_MS, DEFAULT_MEMORY_MB } from '@sendback/domain/gateway';
import * as z from 'zod';
import { file, oneOrMore, seconds } from './fields';

/** Of every kind. */
const common = {
  /** Seconds to the whole answer. */
  timeout: seconds.default(DEFAULT_FUNCTION_TIMEOUT_MS / 1_000),
};

/** Of the kinds that run on this machine. */
const local = {
  ...common,
  /** Megabytes, as the function's context tells it. */
  memory: z.int().min(64).max(3_072).default(DEFAULT_MEMORY_MB),
  /** Of its own; besides PATH, HOME, TMPDIR, LANG, LC_ALL and TZ it sees nothing of the gateway's. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.coerce.string()).default({}),
  /** Where it runs; the folder of its file by default. */
  workingDirectory: file.optional(),
  /** At most so many at a time; each works on one event at a time. */
  processes: z.int().min(1).max(256).default(8),
  /** Loads it again when it, or what is beside it, changes: for development. */
  watch: z.boolean().default(false),
};

const url = z
  .url({ protocol: /^https?$/, error: 'must be http://… or https://…' })
  .refine(isPercentEncoded, 'user and password must be percent-encoded');

const kinds = {
  url: z.strictObject({
    ...common,
    /** Gets the event as the body of a POST. Several URLs are hosts of the same function. */
    url: oneOrMore(url, 64),
    /** Signs the requests, so that the function can refuse strangers. */
    secret: z.optional(variable((text) => new SigningSecret(text))),
  }),
  module: z.strictObject({
    ...local,
    /** A Node.js file that exports `main_handler`. */
    module: file,
  }),
  python: z.strictObject({
    ...local,
    /** A Python 3 file with a `main_handler(event, context)`. */
    python: file,
    interpreter: z.string().min(1).default('python3'),
  }),
  scf: z.strictObject({
    ...common,
    /** The name of a function of Tencent's SCF. */
    scf: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, 'must be the name of a function'),
    region: z.string().regex(/^[a-z]+(-[a-z0-9]+)+$/, 'must be a region, such as ap-guangzhou'),
    namespace: z.string().min(1).max(64).default('default'),
    qualifier: z.string().min(1).max(64).default('$DEFAULT'),
    /** Of the API; that of Tencent's international site, say. */
    endpoint: z.url({ protocol: /^https?$/, error: 'must be https://HOST' }).optional(),
  }),
};

type Kind = keyof typeof kinds;

export type FunctionConfig = { [K in Kind]: z.output<(typeof kinds)[K]> }[Kind];

/** One of the kinds, told by which of their names is there, so that what is wrong is told of that kind alone. */
export const functionConfig = z.unknown().transform((value, context): FunctionConfig => {
  const names = Object.keys(kinds) as Kind[];
  const given = names.filter((name) => typeof value === 'object' && value !== null && name in value);
  const [kind] = given;
  if (!kind || given.length > 1) {
    context.addIssue({ code: 'custom', message: `must have one of ${names.join(', ')}` });
    return z.NEVER;
  }
  const result = kinds[kind].safeParse(value);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

function isPercentEncoded(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
