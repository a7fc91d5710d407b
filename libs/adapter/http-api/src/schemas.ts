import { MAX_CONNECTION_ID_LENGTH } from '@sendback/domain/connection';
import * as z from 'zod';
import { type ProblemCode, PROBLEMS } from './problem';

/** Not looked at one by one here: a body full of wrong ones would become as many errors. */
export const connectionId = z.unknown().meta({
  type: 'string',
  pattern: '^[\\x21-\\x7e]+$',
  minLength: 1,
  maxLength: MAX_CONNECTION_ID_LENGTH,
});

/** Routes that take no query refuse one. */
export const noQuery = z.strictObject({});

/** Of a route to one thing. */
export const byId = { params: z.strictObject({ id: z.string().min(1).max(200) }), querystring: noQuery };

/** What {@link isoTime} gives. */
export const time = z.string().meta({ format: 'date-time' });

const error = z
  .strictObject({
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]).describe('Stable, for programs.'),
    message: z.string().describe('For people: names the field that is wrong.'),
  })
  .meta({ id: 'Error' });

interface Answer<Schema> {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: Schema } };
}

export function answer<Schema>(description: string, schema: Schema): Answer<Schema> {
  return { description, content: { 'application/json': { schema } } };
}

const EVERYWHERE = ['bad_request', 'unauthorized', 'internal', 'storage_unavailable', 'timeout'] as const;

/** The error answers of a route by their status: these, and those that every route may end in. */
export function errors(...codes: readonly ProblemCode[]): Record<number, Answer<typeof error>> {
  const answers: Record<number, Answer<typeof error>> = {};
  for (const code of [...EVERYWHERE, ...codes]) {
    const { status, when } = PROBLEMS[code];
    const before = answers[status];
    answers[status] = answer(`${before ? `${before.description}; ` : ''}\`${code}\`: ${when}`, error);
  }
  return answers;
}

/** What no calendar holds, which a table made by hand may, is the beginning of time. */
export function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
