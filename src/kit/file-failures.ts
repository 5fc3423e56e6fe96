const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read or written by this user',
  EISDIR: 'is a folder, and a file is needed',
  ENOTDIR: 'leads through a file that is no folder',
  EEXIST: 'is a file, and a folder is needed',
  EROFS: 'cannot be written: what it lies on is read only',
  ENOSPC: 'cannot be written: no space is left',
};

/** What keeps a file from being used, as a sentence. @in  error: what the file system threw */
export function fileFailure(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `${path} ${reasons[code] ?? `cannot be used (${code})`}.`;
}
