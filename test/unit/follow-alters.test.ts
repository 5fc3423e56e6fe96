import { describe, expect, it } from 'vitest';
import { type ColumnClause, columnClauses } from '../../src/follow/mysql/alter-clauses.ts';

const shown = (clause: ColumnClause): string => {
  switch (clause.kind) {
    case 'add':
      return `add ${clause.column}${clause.fills ? ` (${clause.fills})` : ''}`;
    case 'rename':
      return `rename ${clause.column} to ${clause.to}`;
    case 'drop':
    case 'modify':
      return `${clause.kind} ${clause.column}`;
    default:
      return clause.kind;
  }
};

describe('the columns that an ALTER TABLE concerns', () => {
  it.each<[statement: string, ...clauses: string[]]>([
    ['ALTER TABLE t ADD COLUMN c INT', 'add c'],
    ['ALTER TABLE t ADD c INT NULL', 'add c'],
    ['ALTER TABLE `shop`.`t` ADD COLUMN `c` INT NULL DEFAULT NULL AFTER `b`', 'add c'],
    ['alter table t add column c int first', 'add c'],
    ['ALTER TABLE t ADD COLUMN IF NOT EXISTS c INT', 'add c'],
    ['ALTER TABLE IF EXISTS t ADD COLUMN c INT', 'add c'],
    ['ALTER ONLINE TABLE t ADD COLUMN c INT', 'add c'],
    ['ALTER TABLE t WAIT 5 ADD COLUMN c INT', 'add c'],
    ['ALTER TABLE t NOWAIT ADD COLUMN c INT', 'add c'],
    ['ALTER TABLE t ADD COLUMN (c INT, d DECIMAL(10,2) DEFAULT 1.5)', 'add c', 'add d (constant)'],
    ["ALTER TABLE t ADD c ENUM('a,b', ')') NOT NULL DEFAULT 'a,b', ADD d INT", 'add c (constant)', 'add d'],
    ["ALTER TABLE t ADD c INT COMMENT 'NOT NULL, DROP COLUMN d'", 'add c'],
    ['ALTER TABLE t ADD c INT NOT NULL', 'add c (unknown)'],
    ['ALTER TABLE t ADD c INT NOT NULL DEFAULT 0', 'add c (constant)'],
    ['ALTER TABLE t ADD c DATETIME DEFAULT CURRENT_TIMESTAMP', 'add c (unknown)'],
    ['ALTER TABLE t ADD c DATETIME(6) DEFAULT NOW(6) ON UPDATE NOW(6)', 'add c (unknown)'],
    ['ALTER TABLE t ADD c CHAR(36) DEFAULT (uuid())', 'add c (unknown)'],
    ['ALTER TABLE t ADD c TIMESTAMP', 'add c (unknown)'],
    ['ALTER TABLE t ADD c TIMESTAMP NULL', 'add c'],
    ['ALTER TABLE t ADD c INT GENERATED ALWAYS AS (id * 2) STORED', 'add c (unknown)'],
    ['ALTER TABLE t ADD c INT AS (id + 1)', 'add c (unknown)'],
    ['ALTER TABLE t ADD c SERIAL', 'add c (unknown)'],
    ['ALTER TABLE t ADD c INT AUTO_INCREMENT PRIMARY KEY', 'add c (unknown)', 'key'],
    ['ALTER TABLE t ADD c INT UNIQUE KEY', 'add c'],
    ['ALTER TABLE t ADD c INT INVISIBLE', 'add c'],
    ['ALTER TABLE t ADD `index` INT, ADD `check` INT', 'add index', 'add check'],
    ['ALTER TABLE t ADD COLUMN `a ``b`` (c), d` INT', 'add a `b` (c), d'],
    ['ALTER TABLE t ADD c INT, ALGORITHM=INSTANT, LOCK=NONE', 'add c'],
    ['/* a */ ALTER /* b */ TABLE t -- c\n ADD /*!80023 COLUMN */ c INT', 'add c'],
    ['/* ADD COLUMN x INT */ ALTER TABLE t COMMENT = "y"'],
    ['ALTER TABLE t DROP COLUMN c', 'drop c'],
    ['ALTER TABLE t DROP c, DROP IF EXISTS d, DROP COLUMN IF EXISTS e CASCADE', 'drop c', 'drop d', 'drop e'],
    ['ALTER TABLE t MODIFY c BIGINT NOT NULL', 'modify c'],
    ['ALTER TABLE t MODIFY COLUMN IF EXISTS c VARCHAR(100) FIRST', 'modify c'],
    ['ALTER TABLE t CHANGE c c BIGINT', 'modify c'],
    ['ALTER TABLE t CHANGE COLUMN `c` d BIGINT AFTER a', 'rename c to d', 'modify d'],
    ['ALTER TABLE t RENAME COLUMN c TO d, RENAME INDEX i TO j', 'rename c to d'],
    ['ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'convert'],
    ['ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)', 'key', 'key'],
    ['ALTER TABLE t ADD CONSTRAINT PRIMARY KEY (a)', 'key'],
    ['ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)', 'key'],
    ['ALTER TABLE t ADD INDEX i (a), ADD KEY (b), ADD UNIQUE u (c), ADD FULLTEXT f (d), ADD SPATIAL INDEX s (e)'],
    ['ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id), ADD CHECK (a > 0), ADD CONSTRAINT c CHECK (b)'],
    ['ALTER TABLE t DROP INDEX i, DROP KEY j, DROP FOREIGN KEY f, DROP CHECK c, DROP CONSTRAINT d'],
    ["ALTER TABLE t COMMENT 'ADD COLUMN c INT', ENGINE=InnoDB, ROW_FORMAT = DYNAMIC, AUTO_INCREMENT = 5"],
    ['ALTER TABLE t ALTER c SET DEFAULT 5, ALTER COLUMN d DROP DEFAULT, ALTER INDEX i INVISIBLE'],
    ['ALTER TABLE t DEFAULT CHARACTER SET = utf8mb4, ORDER BY a, FORCE'],
    ['ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (10))'],
    ['ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4'],
    ['ALTER TABLE t ADD PERIOD FOR SYSTEM_TIME(a, b), ADD SYSTEM VERSIONING'],
  ])('of %s', (statement, ...expected) => {
    expect(columnClauses(statement).map(shown)).toEqual(expected);
  });
});
