import * as z from 'zod';

/** Query parameters of a listing that goes on by key. */
export function pageQuery(
  maxLimit: number,
  defaultLimit: number,
): z.ZodObject<{
  after: z.ZodDefault<z.ZodString>;
  limit: z.ZodDefault<z.ZodCoercedNumber>;
}> {
  return z.strictObject({
    after: z
      .string()
      .max(1_000)
      .default('')
      .describe('Only what comes after this: `next` of the page before.'),
    limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  });
}

export const next = z.string().nullable().describe('For `after`, to get the next page; null at the end.');

/** @param found one more than `limit`, where there are more */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  key: (one: T) => string,
): { page: readonly T[]; next: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last !== undefined ? key(last) : null };
}
