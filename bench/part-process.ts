/** Runs one part in a process of its own, so that no part warms up, or litters, another. argv: its name, Settings as JSON. */
import { parts, peerParts, type Settings } from './parts.ts';

const part = { ...parts, ...peerParts }[process.argv[2] ?? ''];
process.send?.(await part?.(JSON.parse(process.argv[3] ?? '') as Settings));
process.disconnect?.();
