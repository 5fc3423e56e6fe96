/** What one check found. */
export interface Finding {
  /** Which question was asked. */
  readonly check:
    | 'options'
    | 'name'
    | 'frontend'
    | 'backend'
    | 'credentials'
    | 'version'
    | 'clock'
    | 'table'
    | 'privilege'
    | 'limit'
    | 'sample'
    | 'tls'
    | 'bucket'
    | 'queue'
    | 'quota'
    | 'function';
  /** What it was asked of: a host, a table, an option. */
  readonly subject: string;
  /** A failure keeps rows from being loaded; a warning may, some day. */
  readonly level: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** What to do about it; not with `ok`. */
  readonly remedy?: string;
}

type About = Pick<Finding, 'check' | 'subject'>;

export const ok = (about: About, found: string): Finding => ({ ...about, level: 'ok', found });
export const warning = (about: About, found: string, remedy: string): Finding => ({
  ...about,
  level: 'warning',
  found,
  remedy,
});
export const failure = (about: About, found: string, remedy: string): Finding => ({
  ...about,
  level: 'failure',
  found,
  remedy,
});
