import * as z from 'zod';

export const port = z.int().min(0).max(65_535);
export const seconds = z.number().positive().max(86_400);
export const file = z.string().min(1).max(4_096);

/** One, or a list of up to `max`; a list in any case afterwards. */
export function oneOrMore<T extends z.ZodType>(
  item: T,
  max: number,
): z.ZodPipe<z.ZodUnknown, z.ZodTransform<readonly z.output<T>[]>> {
  const list = z.array(item).min(1).max(max);
  return z.unknown().transform((value, context): readonly z.output<T>[] => {
    const result = Array.isArray(value) ? list.safeParse(value) : item.safeParse(value);
    if (result.success) return [result.data].flat() as z.output<T>[];
    for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });
}
