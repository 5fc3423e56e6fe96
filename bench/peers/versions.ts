import { readFileSync } from 'node:fs';
import { tool } from './jvm.ts';

/** The versions of all peers: those that pom.xml pins, and of Java. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const pom = readFileSync(new URL('pom.xml', import.meta.url), 'utf8');
  const properties = /<properties>(.*)<\/properties>/s.exec(pom)?.[1] ?? '';
  const pinned = [...properties.matchAll(/<([\w.-]+)>([^<]+)<\/\1>/g)].map(([, name = '', version = '']) => [
    name,
    version,
  ]);
  const java = /version "([^"]+)"/.exec(await tool('java', ['-version']))?.[1] ?? 'unknown';
  return { Java: java, ...Object.fromEntries(pinned) };
}
