/** The page of the console: looks every few seconds, and shows what it sees. */
import type { ConsoleState } from '../api.ts';
import { verdictOf } from '../verdict.ts';
import { ConsoleGone, get } from './ask.ts';
import { byId, failed, fill } from './dom.ts';
import { showTiles, showVerdict } from './figures.ts';
import { redraw, showPlots } from './plots.ts';
import { plotsOf } from './plots-of.ts';
import { isCheapToRead, offerTables, rejectedLately, rejectedUnsent, showRejected, startRejected } from './rejected.ts';
import { showStory } from './story.ts';
import { showTables } from './tables.ts';

const pauseMs = 5000;
/** Rejected rows are read again with every sixth look. */
const rejectedEvery = 6;

async function look(path: '/api/state' | '/api/look'): Promise<void> {
  try {
    show(await get<ConsoleState>(path));
    document.body.classList.remove('stale');
    fill('gone');
  } catch (error) {
    document.body.classList.toggle('stale', error instanceof ConsoleGone);
    fill('gone', failed(error));
  }
}

function show(state: ConsoleState): void {
  byId('place').textContent = state.place;
  byId('fresh').textContent = `as of ${new Date(state.overview.at).toLocaleTimeString('sv-SE')}`;
  byId('version').textContent = `starrocks-sink ${state.version}`;
  const verdict = verdictOf(state.overview, state.where, rejectedUnsent());
  document.title = `${verdict.waits.length > 0 ? `(${verdict.waits.length}) ` : ''}${state.place} – starrocks-sink`;
  offerTables((state.overview.loads ?? []).map(({ table }) => table));
  showVerdict(verdict);
  showTiles(state);
  showTables(state);
  showPlots(plotsOf(state, rejectedLately()));
}

async function lookAgain(): Promise<void> {
  await showRejected();
  await look('/api/look');
}

/** Nobody looks at a page that is hidden. */
async function goOn(looks: number): Promise<void> {
  if (!document.hidden) {
    if (looks % rejectedEvery === 0 && isCheapToRead()) await showRejected();
    await look('/api/state');
  }
  setTimeout(() => void goOn(looks + 1), pauseMs);
}

const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && target.closest('input, textarea, select') !== null;

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const isOpen = (byId('dialog') as HTMLDialogElement).open;
  if (event.key === '/' && !isOpen) {
    event.preventDefault();
    byId('subject').focus();
  }
  if (event.key === 'r' && !isOpen) void lookAgain();
});

byId('subject').addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') byId('again').focus();
});

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const subject = (byId('subject') as HTMLInputElement).value.trim();
  if (subject !== '') void showStory(subject);
});

byId('again').addEventListener('click', () => void lookAgain());
document.addEventListener('visibilitychange', () => void (document.hidden || look('/api/state')));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());

let width = document.documentElement.clientWidth;
addEventListener('resize', () => {
  if (document.documentElement.clientWidth === width) return;
  width = document.documentElement.clientWidth;
  redraw();
});

await startRejected();
void goOn(1);
