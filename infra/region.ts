import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { refuse } from './refuse.ts';

/** What AWS uses only within a region. */
export interface Placed {
  /** As its owner calls it. */
  readonly what: string;
  readonly region: string;
  readonly why: string;
}

/** @out  a sentence for each that is known to be in another region than the sink */
export function problemsOfRegion(sink: IConstruct, things: readonly Placed[]): readonly string[] {
  const here = Stack.of(sink).region;
  const isElsewhere = (region: string) => ![region, here].some(Token.isUnresolved) && region !== here;
  return things
    .filter(({ region }) => isElsewhere(region))
    .map(
      ({ what, region, why }) => `${what} is in ${region}, the sink in ${here}. ${why} Put the sink into ${region}.`,
    );
}

/** @throws SinkError OPTIONS_INVALID */
export function refuseElsewhere(sink: IConstruct, thing: Placed): void {
  const problems = problemsOfRegion(sink, [thing]);
  if (problems.length > 0) refuse(...problems);
}

/** @out  false where it is not known before the deployment */
export function isOtherAccount(sink: IConstruct, account: string): boolean {
  const here = Stack.of(sink).account;
  return ![account, here].some(Token.isUnresolved) && account !== here;
}

/** @throws SinkError OPTIONS_INVALID */
export function refuseOtherAccount(sink: IConstruct, { what, account, remedy }: Owned): void {
  if (!isOtherAccount(sink, account)) return;
  refuse(`${what} is of the account ${account}, the sink of ${Stack.of(sink).account}. ${remedy}`);
}

/** What can be used only within an account. */
interface Owned {
  readonly what: string;
  readonly account: string;
  readonly remedy: string;
}
