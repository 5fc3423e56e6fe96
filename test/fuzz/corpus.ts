import { readdirSync, readFileSync } from 'node:fs';
import { optionTable } from '../../src/options/table.ts';

const fixtures = new URL('../fixtures/', import.meta.url);

function filesOf(folder: string, ending: string): readonly string[] {
  const names = readdirSync(new URL(folder, fixtures), { recursive: true, encoding: 'utf8' }).sort();
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(new URL(folder + name, fixtures), 'utf8'));
}

const envelopes = filesOf('envelopes/', '.json').map((text) => JSON.stringify(JSON.parse(text).message));

/** Some of the events of each recording: inputs should be small. */
const changes = filesOf('change-events/', '.jsonl').flatMap((text) => {
  const lines = text.split('\n').filter((line) => line.length < 20_000);
  return [0, 1, 2, 3, 4].map((part) => lines[Math.floor((lines.length - 1) * (part / 4))] ?? '');
});

const rows = [
  '{"id":1,"name":"Ann","at":"2024-02-29 12:00:00","doc":{"a":[1,{"b":null}]},"state":"x"}',
  '{"id":1}\n{"id":12345678901234567890,"name":"}{"}\r\n\n{"ID":3,"__op":1}',
  '[{"id":1},\n {"id":2,"at":"2024-02-29T12:00:00.123456+02:00"}]',
  '{"id":1}{"id":2}{"id":3}',
  '{\n "id": 1,\n "doc": "{\\"a\\":1}"\n}\n{\n "id": 2\n}',
];

const csv = ['1,Ann,2024-02-29,"{""a"":1}",x\n2,"B\n;b",\\N,,\n', 'id,name\r\n1,a\r\n', '1\ta\n2\tb', '1\u00012\u0002'];

const options = [
  ...Object.keys(optionTable).map((name) => `${name} = 1`),
  "WITH ('load-url' = 'fe:8030;fe2:8030', 'username' = 'it''s', 'sink.properties.format' = 'json')",
  'flink.starrocks.load-url = fe:8030\n# comment\nsink.tables.allow = *.*\nsink.redirect.map = a=b,c=d',
  'sink.properties.column_separator = \\x01\nsink.properties.row_delimiter = \\\\x02\nsink.properties.enclose = "',
  '{"load-url":"fe:8030","username":"u","password":"","sink.tables.allow":"*","sink.envelope.columns":"time=t"}',
  '{"routes":[{"source":{"database":"shop_*","table":"/^o(rders)?$/"},"target":{"database":"d","table":"t"}}]}',
];

/** What inputs are made of, by what it is. */
export const corpus = { envelopes, changes, rows, csv, options } as const;

export const everything: readonly string[] = Object.values(corpus).flat();
