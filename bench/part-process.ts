/** Runs one part in a process of its own, so that no part warms up, or litters, another. argv: its name. */
import { parts } from './parts.ts';

const part = parts[process.argv[2] ?? ''];
process.send?.(await part?.());
process.disconnect?.();
