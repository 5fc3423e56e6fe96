/** What the report tells, and whether a person has to act. */
export const findingKinds = {
  refused: { title: 'Tables that cannot be brought', needsPerson: true },
  'no-key': { title: 'Tables without a key', needsPerson: true },
  'wide-key': { title: 'Keys that may be too wide', needsPerson: true },
  'key-text': { title: 'Keys that MySQL and StarRocks compare differently', needsPerson: true },
  'unsupported-type': { title: 'Types that are not known', needsPerson: true },
  'too-long': { title: 'Values that may be too long', needsPerson: true },
  'zero-date': { title: 'Zero dates', needsPerson: true },
  shards: { title: 'Shards merged', needsPerson: true },
  'shards-apart': { title: 'Tables that look like shards and are not merged', needsPerson: true },
  'name-changed': { title: 'Names changed', needsPerson: true },
  clause: { title: 'Clauses of the rule that do not fit', needsPerson: true },
  option: { title: 'Sink options', needsPerson: true },
  existing: { title: 'Tables that StarRocks has already', needsPerson: true },
  unmatched: { title: 'Rules that match nothing', needsPerson: true },
  widened: { title: 'Widened', needsPerson: false },
  default: { title: 'Defaults left out', needsPerson: false },
  generated: { title: 'Generated columns', needsPerson: false },
  invisible: { title: 'Invisible columns', needsPerson: false },
  partitioned: { title: 'Tables that MySQL partitions', needsPerson: false },
  skipped: { title: 'Skipped', needsPerson: false },
  config: { title: 'Config keys ignored', needsPerson: false },
} as const;

export type FindingKind = keyof typeof findingKinds;

export interface Finding {
  readonly kind: FindingKind;
  /** `database.table`, `database.table.column`, or a rule. */
  readonly where: string;
  readonly text: string;
}
