/** How this program was begun, so that what it prints can be pasted behind the same prompt. */
export function invocation({
  env,
  argv,
}: {
  readonly env: NodeJS.ProcessEnv;
  readonly argv: readonly string[];
}): string {
  // npm names the script that runs: `npm run cli`, `npm run demo`.
  if (/^(cli|demo)$/.test(env['npm_lifecycle_event'] ?? '')) return 'npm run -s cli --';
  const program = argv[1] ?? '';
  if (env['npm_command'] === 'exec') return 'npx starrocks-sink';
  return /starrocks-sink$/.test(program) ? 'starrocks-sink' : `node ${quoted(program)}`;
}

/** A word as a POSIX shell reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
