/** So that neighbours differ. */
const COLOURS = [36, 33, 35, 32, 34, 31];
const WIDTH = 15;

/** Writes what several processes say by whole lines, each with the name of who says it before it. */
export class PrefixedLines {
  private readonly begun = new Map<string, string>();
  private readonly prefixes = new Map<string, string>();

  /** @param coloured for a terminal */
  constructor(
    private readonly output: { write(text: string): unknown },
    private readonly coloured: boolean,
  ) {}

  hear(name: string, text: string): void {
    const lines = ((this.begun.get(name) ?? '') + text).split('\n');
    this.begun.set(name, lines.pop() ?? '');
    for (const line of lines) this.output.write(`${this.prefix(name)} ${line}\n`);
  }

  private prefix(name: string): string {
    const known = this.prefixes.get(name);
    if (known !== undefined) return known;
    const plain = `${name.padEnd(WIDTH)} |`;
    const colour = COLOURS[this.prefixes.size % COLOURS.length] ?? 0;
    const prefix = this.coloured ? `\x1b[${colour}m${plain}\x1b[0m` : plain;
    this.prefixes.set(name, prefix);
    return prefix;
  }
}
