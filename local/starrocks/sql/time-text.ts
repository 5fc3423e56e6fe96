/** A time as StarRocks prints it, in UTC. */
export function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
