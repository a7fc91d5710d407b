/** Of Node.js, as the documentation has a gateway started. */
export const GATEWAY_FLAGS = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=100',
  '--no-memory-reducer',
] as const;
