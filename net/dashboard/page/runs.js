// All runs, and the card of one of them.
import { h, own } from './dom.js';
import { length, near, number } from './format.js';
import { list } from './lists.js';
import { inside } from './requests.js';
import { link, mayAct, state } from './state.js';
import { oneRun } from './run.js';
import { runTitle, t } from './words.js';

export const PARTS = ['completed', 'failed', 'cancelled', 'calling', 'dialing', 'queued'];
export const isOver = (run) => ['completed', 'cancelled', 'failed'].includes(run.status);
const ended = (run) => run.completed + run.failed + run.cancelled;

export function progress(run) {
  const label = `${runTitle(run)}: ${t('of', { a: number(ended(run)), b: number(run.total) })}`;
  return h(
    'div.progress',
    {
      role: 'progressbar',
      'aria-valuemin': 0,
      'aria-valuemax': run.total,
      'aria-valuenow': ended(run),
      'aria-label': label,
    },
    PARTS.map((part) => h('i', { key: part, class: part, style: { 'flex-grow': run[part] } })),
  );
}

/** When it will be done, or when it was. */
export function when(run) {
  if (isOver(run)) {
    const took = run.started_at && Date.parse(run.ended_at) - Date.parse(run.started_at);
    const word = run.status === 'completed' ? 'finished' : 'stopped';
    return h(
      'span',
      t(word, { t: near(run.ended_at) }),
      took > 0 && h('span.quiet', ' · ', t('took', { t: length(took) })),
    );
  }
  if (run.status !== 'running') return null;
  if (!run.eta) return h('span.quiet', t('eta_soon'));
  const range = { a: near(run.eta.earliest), b: near(run.eta.latest) };
  return h(
    'span.eta',
    h('b', t('eta', { t: near(run.eta.at) })),
    ' ',
    h('span.quiet', t('eta_range', range)),
  );
}

export function runCard(run) {
  return h(
    'li.run',
    { key: run.id, 'data-run': run.id },
    h(
      'a.run-head',
      { href: link('runs', run.id) },
      h('b', own(runTitle(run))),
      h('span.chip', { class: run.status }, t(run.status)),
    ),
    progress(run),
    h('div.run-foot', h('span.num', t('of', { a: number(ended(run)), b: number(run.total) })), when(run)),
  );
}

export function runsView() {
  if (state.id) return oneRun(Number(state.id));
  const runs = list('runs', inside('/runs'));
  const known = new Map(runs.items.map((r) => [r.id, r]));
  for (const [id, run] of state.runs) known.set(id, run); // the stream knows better
  const all = [...known.values()].sort((a, b) => b.id - a.id);
  return h(
    'section.card',
    { key: 'runs' },
    h(
      'header',
      h('h1', t('runs')),
      mayAct() && h('a.button.primary', { href: link('start') }, '+ ', t('start_run')),
    ),
    all.length
      ? h('ul.plain.grid', all.map(runCard))
      : h('p.empty', runs.loading ? t('loading') : runs.failed || t('no_runs')),
    !runs.ended && all.length > 0 && h('button.button', { onclick: () => runs.at(runs.items.length) }, '…'),
  );
}
