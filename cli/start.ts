#!/usr/bin/env node
// What the package names as its command. It has no import of its own, so that a Node that lacks what the others import can read it.

/** The first with zstd. */
const least = { major: 22, minor: 15 };
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > least.major || (major === least.major && minor >= least.minor)) {
  await import('./main.ts');
} else {
  const found = `starrocks-sink needs Node ${least.major}.${least.minor} or later, and this is ${process.versions.node}.`;
  console.error(`${found} Its producer alone, starrocks-sink/producer, runs on Node 20.19.`);
  process.exitCode = 2;
}
