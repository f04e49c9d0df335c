/**
 * A position's parts: `timeline`, the history that it belongs to, and `horizon`: every transaction below it has ended,
 * and has been told. Nothing for what is no position.
 */
export function parse(position) {
  const parts = /^(\w+)-(\d+)$/.exec(position ?? "");
  return parts ? { timeline: parts[1], horizon: BigInt(parts[2]) } : undefined;
}
