const MAX_WORDS = 500;

/** What somebody else said, at a length that a log takes. */
export function clipped(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
