import type { ValueTransformer } from 'typeorm';

/** MySQL's drivers give 64-bit integers as text where they cannot be sure. */
export const wholeNumber: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | number) => Number(value),
};

/**
 * Milliseconds of the domain as a DATETIME. A column of a table made by hand may hold anything on SQLite: what is no
 * time is read as 0.
 */
export const millisecondsAsDate: ValueTransformer = {
  to: (milliseconds: number) => new Date(milliseconds),
  from: (value: unknown) => {
    const time = value instanceof Date ? value.getTime() : typeof value === 'number' ? fromNumber(value) : 0;
    return Number.isNaN(time) ? 0 : time;
  },
};

/** Seconds or milliseconds, by their size. */
const fromNumber = (value: number): number => (value < 100_000_000_000 ? value * 1_000 : value);
