import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Row } from '../row';

/** What is no number is null in JSON. */
const value = z
  .number()
  .nullable()
  .transform((number) => number ?? NaN);

const rows = z.array(
  z.object({
    case: z.string().regex(/^[a-z-]+$/),
    variant: z.string(),
    metric: z.string(),
    ours: value,
    min: value,
    max: value,
    peers: z.record(z.string(), value),
    limit: z.number().nullable(),
    ratio: z.number().nullable(),
    target: z.string().nullable(),
    holds: z.boolean().nullable(),
  }),
);

/** Of a file that `--json` has written. @throws Error saying what is wrong with it */
export function readRows(file: string): readonly Row[] {
  const read = rows.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!read.success) throw new Error(`${file} has no rows:\n${z.prettifyError(read.error)}`);
  return read.data;
}
