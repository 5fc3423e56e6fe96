import { envelopeNames } from '../kit/envelope-names.ts';
import type { OptionSpec } from './spec.ts';

/** The part of the option table that says which envelopes rows come in, and what is kept of them. */
export const envelopeOptions = {
  'sink.envelopes': {
    kind: 'list',
    default: envelopeNames,
    source: 'sink',
    doc: `Envelopes of AWS services that are taken off, of \`${envelopeNames.join(', ')}\`, or \`none\`. A message that has the marks of another one is rejected. In a CDK app: those of the feeders that the construct sets up, unless told.`,
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;
