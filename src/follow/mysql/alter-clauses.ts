const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`/g;
const noColumn = 'UNIQUE|INDEX|KEY|CONSTRAINT|FOREIGN|FULLTEXT|SPATIAL|CHECK|PARTITION|VECTOR';
const touches = new RegExp(
  `\\b(?:ADD|DROP)\\s+(?:COLUMN\\b|PRIMARY\\b|(?!(?:${noColumn})\\b))|\\b(?:MODIFY|CHANGE)\\b|\\bRENAME\\s+COLUMN\\b|\\bCONVERT\\s+TO\\b`,
  'i',
);

/** Whether an ALTER TABLE concerns columns or the primary key: indexes, comments and engines are nothing to a copy. */
export const columnsIn = (statement: string): 'some' | 'none' =>
  touches.test(statement.replace(quoted, 'x')) ? 'some' : 'none';
