/** Lines of a table: the names of the columns, and a row for each record. Numbers stand on the right. */
export function tableOf(records: readonly Readonly<Record<string, string | number>>[]): string[] {
  const names = Object.keys(records[0] ?? {});
  const widths = names.map((name) =>
    Math.max(name.length, ...records.map((record) => String(record[name]).length)),
  );
  const line = (cells: readonly (string | number | undefined)[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(names), ...records.map((record) => line(names.map((name) => record[name])))];
}
