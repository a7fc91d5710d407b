import type { ValueTransformer } from 'typeorm';

/** MySQL's drivers give 64-bit integers as text where they cannot be sure. */
export const wholeNumber: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | number) => Number(value),
};

/** Milliseconds of the domain as a DATETIME. */
export const millisecondsAsDate: ValueTransformer = {
  to: (milliseconds: number) => new Date(milliseconds),
  from: timeOf,
};

/** Milliseconds of the domain as the text of a DATETIME, which is how it is kept by SQLite. */
export function dateTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').slice(0, -1);
}

/**
 * The milliseconds of a DATETIME as a driver gives it. In a table made by hand there may be anything: what is no time
 * is 0.
 */
export function timeOf(value: unknown): number {
  if (value instanceof Date) return value.getTime() || 0;
  // Seconds or milliseconds, by their size.
  if (typeof value === 'number') return value < 100_000_000_000 ? value * 1_000 : value;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(value)) return 0;
  const isoDate = value.replace(' ', 'T');
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(isoDate) ? isoDate : `${isoDate}Z`) || 0;
}
