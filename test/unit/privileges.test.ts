import { expect, it } from 'vitest';
import { explainMissing } from '../../src/starrocks/privileges.ts';
import { readRecording } from '../contract/replay/recording.ts';

const said = readRecording('privileges').exchanges.flatMap(({ request, response }) => {
  const text = response?.error?.message ?? response?.body ?? '';
  return text.includes('ccess denied') ? [{ ask: request?.sql ?? request?.path ?? '', text }] : [];
});

/** What was recorded for a statement or a path. */
function recorded(ask: string): string {
  const found = said.find((one) => one.ask.startsWith(ask))?.text ?? '';
  return found.startsWith('{') ? String(Object.values(JSON.parse(found) as object).findLast(Boolean)) : found;
}

it.each([
  [
    'INSERT INTO rec.uni_types',
    "needs INSERT on TABLE rec.uni_types: GRANT INSERT ON TABLE rec.uni_types TO USER 'me'@'%'.",
  ],
  [
    'ALTER TABLE rec.uni_types',
    "needs ALTER on TABLE rec.uni_types: GRANT ALTER ON TABLE rec.uni_types TO USER 'me'@'%'.",
  ],
  ['DESC rec.uni_types', "needs ANY on TABLE rec.uni_types: GRANT INSERT ON TABLE rec.uni_types TO USER 'me'@'%'."],
  ['CREATE TABLE rec.t2', "needs CREATE TABLE on DATABASE rec: GRANT CREATE TABLE ON DATABASE rec TO USER 'me'@'%'."],
  [
    'CREATE DATABASE d2',
    "needs CREATE DATABASE on CATALOG default_catalog: GRANT CREATE DATABASE ON CATALOG default_catalog TO USER 'me'@'%'.",
  ],
  ['SHOW BACKENDS', "needs OPERATE OR NODE on SYSTEM: GRANT OPERATE ON SYSTEM TO USER 'me'@'%'."],
  [
    '/api/transaction/begin',
    "needs INSERT on TABLE rec.uni_types: GRANT INSERT ON TABLE rec.uni_types TO USER 'me'@'%'.",
  ],
])('says which privilege %s lacks, and the GRANT', (ask, expected) => {
  const message = explainMissing(recorded(ask), { database: 'rec', table: 'uni_types', user: 'me' });
  expect(message).toContain(expected);
  expect(message).toContain('StarRocks says: Access denied');
});

it('names the user as StarRocks does, where it does', () => {
  const message = explainMissing(recorded('/api/rec/uni_types/_stream_load'), { database: 'rec', table: 'uni_types' });
  expect(message).toMatch(/^The user 'nobody_at_all'@'%' needs INSERT on TABLE rec\.uni_types: GRANT INSERT ON TABLE/);
});

it('quotes names that are no plain words', () => {
  const message = explainMissing('', { database: '库', table: 'a`b', user: "o'brien" });
  expect(message).toContain("GRANT INSERT ON TABLE `库`.`a``b` TO USER 'o\\'brien'@'%'.");
});
