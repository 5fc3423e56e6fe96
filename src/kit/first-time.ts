/** Says of a key whether it was not met before, as far as is remembered: the oldest are forgotten. */
export function firstTime(mostKeys = 10_000): (key: string) => boolean {
  const met = new Set<string>();
  return (key) => {
    if (met.has(key)) return false;
    met.add(key);
    for (const oldest of met.size > mostKeys ? met : []) {
      met.delete(oldest);
      break;
    }
    return true;
  };
}
