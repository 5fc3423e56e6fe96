import { expect, it } from 'vitest';
import { columnClauses } from '../../src/follow/mysql/alter-clauses.ts';
import { usualQuotes } from '../../src/mysql/follow/session-quotes.ts';
import { readStatement } from '../../src/mysql/follow/statements.ts';

const [ansi, literal] = [4n, 1n << 20n];

it.each([
  [0n, 'ALTER TABLE t COMMENT "a"', 'ALTER TABLE t COMMENT "a"'],
  [ansi, 'ALTER TABLE "t" ADD "c" INT', 'ALTER TABLE `t` ADD `c` INT'],
  [ansi, 'ALTER TABLE "a""b`c" ADD d INT', 'ALTER TABLE `a"b``c` ADD d INT'],
  [ansi, `ALTER TABLE t COMMENT 'say "x"', ADD "c" INT`, `ALTER TABLE t COMMENT 'say "x"', ADD \`c\` INT`],
  [ansi, `/* "a */ ALTER -- "b\n TABLE \`"\` ADD c INT # "d`, `/* "a */ ALTER -- "b\n TABLE \`"\` ADD c INT # "d`],
  [ansi, 'ALTER TABLE t ADD /*!80023 "c" */ INT', 'ALTER TABLE t ADD /*!80023 `c` */ INT'],
  [literal, "ALTER TABLE t COMMENT 'C:\\', ADD c INT", "ALTER TABLE t COMMENT 'C:\\\\', ADD c INT"],
  [ansi | literal, `ALTER TABLE "t" COMMENT 'C:\\', ADD "c\\" INT`, "ALTER TABLE `t` COMMENT 'C:\\\\', ADD `c\\` INT"],
])('the mode %s: %s', (mode, written, usual) => {
  expect(usualQuotes(written, mode)).toBe(usual);
});

it('lets what a session of another mode changed be seen', () => {
  const renamed = usualQuotes('ALTER TABLE "a" RENAME TO "b"', ansi);
  expect(readStatement(renamed)).toMatchObject({ changes: [{ table: 'a' }, { table: 'b' }] });
  const added = usualQuotes("ALTER TABLE t COMMENT 'C:\\', ADD c INT, COMMENT 'x'", literal);
  expect(columnClauses(added)).toEqual([{ kind: 'add', column: 'c' }]);
});
