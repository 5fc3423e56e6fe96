import { randomBytes } from 'node:crypto';

/** Files behind `ErrorURL`: what StarRocks says about rows it refused. */
export interface ErrorLog {
  /** Keeps lines; returns the file name, error_log_<hex>_<hex>. */
  write(lines: readonly string[]): string;
  read(file: string): string | undefined;
}

/** StarRocks keeps files for 48 hours. */
const maxFiles = 1000;

export function createErrorLog(): ErrorLog {
  const files = new Map<string, string>();
  const hex = () => randomBytes(8).toString('hex');
  return {
    write(lines) {
      const file = `error_log_${hex()}_${hex()}`;
      files.set(file, `${lines.join('\n')}\n`);
      const oldest = files.keys().next().value;
      if (files.size > maxFiles && oldest !== undefined) files.delete(oldest);
      return file;
    },
    read: (file) => files.get(file),
  };
}
