import { envelopeFields, envelopeNames } from '../kit/envelope-names.ts';
import type { OptionSpec } from './spec.ts';

/** The part of the option table that says which envelopes rows come in, and what is kept of them. */
export const envelopeOptions = {
  'sink.envelopes': {
    kind: 'list',
    default: envelopeNames,
    source: 'sink',
    doc: `Envelopes of AWS services that are taken off, of \`${envelopeNames.join(', ')}\`, or \`none\`. A message that has the marks of another one is rejected. In a CDK app: those of the feeders that the construct sets up, unless told.`,
  },
  'sink.envelope.columns': {
    kind: 'map',
    default: {},
    source: 'sink',
    perTable: true,
    doc: `Columns that rows get from the envelope that they came in: \`time=loaded_at,key=object_key\`. Of ${envelopeFields.map((name) => `\`${name}\``).join(', ')} those that the envelope has; the time is in UTC. A column that a row has itself stays; CSV has to name its columns, by the attribute \`columns\` or a line of names.`,
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;
