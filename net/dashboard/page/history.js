// The history of calls, by outcome, run and time.
import { h, own, phone } from './dom.js';
import { date, day, instant, length } from './format.js';
import { list } from './lists.js';
import { ask, inside, save } from './requests.js';
import { whileLookedAt } from './present.js';
import { isAtTop, table, toTop } from './rows.js';
import { draw, fail, link, notice, state } from './state.js';
import { storyButton } from './story.js';
import { named, runTitle, t } from './words.js';

const OUTCOMES = ['answered', 'machine', 'busy', 'no_answer', 'failed', 'canceled', 'in_doubt'];
const TIMES = ['any_time', 'today', 'yesterday', 'last_week', 'chosen_time'];
const past = { outcome: '', run: '', time: 'any_time', from: '', to: '' };

whileLookedAt('history', () => state.view === 'history' && isAtTop('history') && past.time !== 'chosen_time');

/** [from, to] as instants, null where it is open; days are days of the business. */
function span() {
  if (past.time === 'today') return [instant(date()), null];
  if (past.time === 'yesterday') return [instant(date(1)), instant(date())];
  if (past.time === 'last_week') return [instant(date(6)), null];
  if (past.time === 'chosen_time') return [past.from && instant(past.from), past.to && instant(past.to)];
  return [null, null];
}

function historyPath() {
  const [from, to] = span();
  const query = new URLSearchParams();
  if (past.outcome) query.set('outcome', past.outcome);
  if (past.run) query.set('run_id', past.run);
  if (from) query.set('from', from.toISOString());
  if (to) query.set('to', to.toISOString());
  return inside('/calls' + (query.size ? '?' + query : ''));
}

export function historyView() {
  const path = historyPath();
  return h(
    'section.card',
    { key: 'history' },
    h(
      'header.tools',
      h('h1', t('history')),
      filters(),
      h('button.button.small.push', { onclick: () => exportCalls(path) }, t('export')),
    ),
    callTable(list('history', path), 'history'),
  );
}

function choice(name, word, options) {
  const choose = (e) => {
    past[name] = e.target.value;
    toTop('history');
    draw();
  };
  const one = ([value, text]) => h('option', { key: value || 'any', value }, text);
  return h(
    'select',
    { key: name, name, 'aria-label': t(word), value: past[name], onchange: choose },
    options.map(one),
  );
}

function filters() {
  const runs = [...state.runs.values()].sort((a, b) => b.id - a.id);
  const end = (name) =>
    h(
      'label.inline',
      { key: name },
      t(name),
      h('input', {
        type: 'datetime-local',
        value: past[name],
        onchange: (e) => {
          past[name] = e.target.value;
          draw();
        },
      }),
    );
  return [
    choice('outcome', 'outcome', [['', t('any_outcome')], ...OUTCOMES.map((o) => [o, t(o)])]),
    choice('run', 'the_run', [['', t('any_run')], ...runs.map((r) => [String(r.id), runTitle(r)])]),
    choice(
      'time',
      'time',
      TIMES.map((word) => [word, t(word)]),
    ),
    past.time === 'chosen_time' && h('span.inline', { key: 'ends' }, end('from'), end('to')),
  ];
}

async function exportCalls(path) {
  try {
    save(await ask('GET', path, undefined, { Accept: 'text/csv' }), 'calls.csv');
    notice(t('exported', { n: 'calls.csv' }));
  } catch (e) {
    fail(e);
  }
}

export function callTable(calls, id) {
  const columns = ['time', 'lead', 'phone', 'outcome', 'duration', 'the_run', 'error', ''];
  return table({
    id,
    name: 'calls',
    label: t('history'),
    columns,
    list: calls,
    row: callRow,
    empty: t('no_calls'),
  });
}

function callRow(call) {
  const run = call.run_id && state.runs.get(call.run_id);
  const what = call.outcome || call.status;
  return [
    h('time.num', day(call.started_at)),
    h('a', { href: link('leads', call.lead_id) }, own(named(call) || `#${call.lead_id}`)),
    phone(call.phone_e164),
    h('span.chip', { class: what }, t(what)),
    call.duration_s ? h('span.num', length(call.duration_s * 1000)) : h('span.quiet', t('nothing')),
    call.run_id
      ? h('a', { href: link('runs', call.run_id) }, own(run ? runTitle(run) : t('run', { n: call.run_id })))
      : h('span.quiet', t('direct')),
    h('span.quiet', own(call.error || '')),
    storyButton(call.job_id, call),
  ];
}
