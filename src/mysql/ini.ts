/** One `key = value` of an INI file, with the line it stands on (from 1). */
export interface IniEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

export interface IniSection {
  readonly name: string;
  readonly line: number;
  /** A key given twice counts once, with its last value. */
  readonly entries: ReadonlyMap<string, IniEntry>;
}

export interface IniFile {
  readonly sections: readonly IniSection[];
  /** What could not be read, one sentence each, with its line. */
  readonly problems: readonly string[];
}

const quotes = ['"""', '"', '`'];

/**
 * Reads an INI file the way smt's reader (goconfig) does: the first `=` or `:` divides key and value, lines that begin with
 * `#` or `;` are comments, surrounding quotes go, `%(key)s` stands for another key of the section, and a backslash is
 * a backslash.
 *
 * @throws never: problems are values
 */
export function readIni(text: string): IniFile {
  const sections: { name: string; line: number; entries: Map<string, IniEntry> }[] = [];
  const problems: string[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    if (trimmed.startsWith('[')) {
      const name = /^\[(.*)\]$/.exec(trimmed)?.[1]?.trim();
      if (name) sections.push({ name, line, entries: new Map() });
      else problems.push(`line ${line}: a section needs a name and a closing bracket.`);
      continue;
    }
    const entry = readEntry(trimmed, line);
    const section = sections.at(-1);
    if (entry === undefined) problems.push(`line ${line}: expected key = value.`);
    else if (section === undefined) problems.push(`line ${line}, ${entry.key}: stands before the first [section].`);
    else section.entries.set(entry.key, entry);
  }
  return { sections: sections.map((section) => ({ ...section, entries: interpolate(section, problems) })), problems };
}

function readEntry(text: string, line: number): IniEntry | undefined {
  const divider = text.search(/[=:]/);
  const key = text.slice(0, Math.max(divider, 0)).trim();
  return key === '' ? undefined : { key, value: unquote(text.slice(divider + 1).trim()), line };
}

function unquote(value: string): string {
  const quote = quotes.find((q) => value.startsWith(q) && value.endsWith(q) && value.length >= 2 * q.length);
  return quote ? value.slice(quote.length, -quote.length) : value;
}

function interpolate(section: IniSection, problems: string[]): ReadonlyMap<string, IniEntry> {
  const resolve = (entry: IniEntry, inside: readonly string[]): string =>
    entry.value.replace(/%\(([^)]+)\)s/g, (whole, name: string) => {
      const other = section.entries.get(name);
      if (other !== undefined && !inside.includes(name)) return resolve(other, [...inside, name]);
      const wrong = other ? 'refers to itself through' : 'refers to a key that is not in its section:';
      problems.push(`line ${entry.line}, ${entry.key}: ${wrong} ${whole}.`);
      return whole;
    });
  return new Map(
    [...section.entries].map(([key, entry]) => [key, { ...entry, value: resolve(entry, [key]) }] as const),
  );
}
