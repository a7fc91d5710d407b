import type { Statement } from './database/database';
import { marks } from './database/session';

/** Removes the rows of connections; those that are not there are fine. */
export function deleteFrom(table: string): Statement<string, undefined> {
  return async ({ change }, connectionIds) => {
    await change(`DELETE FROM ${table} WHERE ConnectionID IN (${marks(connectionIds)})`, connectionIds);
    return [];
  };
}
