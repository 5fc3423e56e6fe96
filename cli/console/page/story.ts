import type { ToldStory } from '../api.ts';
import { get } from './ask.ts';
import { openDialog } from './dialog.ts';
import { button, el, empty, facts } from './dom.ts';
import { count, moment } from './format.ts';
import { showRejected } from './rejected.ts';
import { showObject } from './repair.ts';

type Story = ToldStory['story'];

/** Tells what became of a label, a batch, a chunk or a message. */
export const showStory = (subject: string): Promise<void> =>
  openDialog(subject, async () => {
    const { story, isKnown, meanings } = await get<ToldStory>('/api/story', { subject });
    if (!isKnown)
      return [
        empty(
          `Nothing is known of ${subject}: no label, batch or chunk of that name, no message that was rejected. StarRocks forgets labels, and a chunk is found by the id that the log names.`,
        ),
      ];
    const steps = [
      ...story.claims.map(({ table, batch }) => step('Claimed', facts({ Table: table, Batch: batch }))),
      ...story.batches.map((batch) => step('Decided', batchFacts(batch, meanings))),
      ...story.loads.map((load) => step(load.state === 'FINISHED' ? 'Loaded' : load.state, loadFacts(load))),
      ...story.rejected.map((part) => step('Rejected', rejectedFacts(part))),
    ];
    return [el('ol', { class: 'story' }, ...steps)];
  });

const step = (title: string, body: HTMLElement) => el('li', {}, el('h3', {}, title), body);

function batchFacts(
  { batch, label, database, table, decision, labelState, standing }: Story['batches'][number],
  meanings: ToldStory['meanings'],
) {
  const at = decision !== undefined && 'atMs' in decision ? `, ${moment(new Date(decision.atMs).toISOString())}` : '';
  return facts({
    ...{ Batch: batch, Table: `${database}.${table}`, Label: label },
    Decision: decision === undefined ? 'none' : `${decision.state}${at}`,
    StarRocks: typeof labelState === 'string' ? labelState : `not told: ${labelState.notTold}`,
    Means: meanings[standing],
  });
}

const loadFacts = ({ label, database, table, rows, createdAt, finishedAt, error }: Story['loads'][number]) =>
  facts({
    ...{ Label: label, Table: `${database}.${table}`, Rows: count(rows) },
    ...{ Begun: createdAt, Ended: finishedAt, Error: error },
  });

function rejectedFacts({ name, count: rows, code, reason, resent }: Story['rejected'][number]) {
  const title = `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
  return facts({
    ...{ Code: code, Reason: reason, Resent: resent && `${resent.state}, ${moment(resent.at)}` },
    Object: button(name, () => void showObject(name, title, showRejected), { class: 'link' }),
  });
}
