// One run: its progress and orders, what came of it, and every lead of it.
import { h, own, phone } from './dom.js';
import { length, number, percent } from './format.js';
import { Anywhere, list } from './lists.js';
import { ask, csvCell, inside, pages, save } from './requests.js';
import { table, toTop } from './rows.js';
import { draw, fail, link, mayAct, notice, say, state } from './state.js';
import { isOver, PARTS, progress, when } from './runs.js';
import { storyButton } from './story.js';
import { askWhy } from './why.js';
import { named, runTitle, t } from './words.js';

const STATUSES = ['queued', 'dialing', 'calling', 'completed', 'failed', 'cancelled'];
const shown = { filter: '' };
const asked = new Set();

/** Of a run that the stream has not told of: it is older than its latest. */
function fetchRun(id) {
  if (asked.has(id)) return;
  asked.add(id);
  ask('GET', inside(`/runs/${id}`)).then((run) => {
    state.runs.set(id, run);
    asked.delete(id);
    draw();
  }, fail);
}

export function oneRun(id) {
  const run = state.runs.get(id);
  if (!run) {
    fetchRun(id);
    return h('div.skeleton', { 'aria-busy': 'true', 'aria-label': t('loading') }, h('i'), h('i'));
  }
  return h(
    'div',
    { key: 'run ' + id },
    h(
      'section.card.run-full',
      { 'data-status': run.status },
      h(
        'header',
        h('a.back', { href: link('runs'), 'aria-label': t('back_to') }, '‹'),
        h('h1', own(runTitle(run)), ' ', h('span.chip', { class: run.status }, t(run.status))),
        h('div.actions', orders(run)),
      ),
      progress(run),
      h(
        'div.run-body',
        h(
          'div',
          h(
            'dl.counts',
            [...PARTS].reverse().map((part) => count(run, part)),
          ),
          h(
            'p.when',
            when(run),
            run.eta &&
              h('span.quiet', { key: 'from' }, ' · ', t('eta_from', { n: number(run.eta.based_on_calls) })),
            run.skipped_count > 0 &&
              h('span.quiet', { key: 'skipped' }, ' · ', t('skipped', { n: number(run.skipped_count) })),
            run.error && h('span.bad', { key: 'error' }, ' ', own(run.error)),
          ),
        ),
        outcomes(run),
      ),
    ),
    leadsOf(run),
  );
}

const count = (run, part) =>
  h(
    'div',
    { key: part, 'data-count': part },
    h('dt', h('i.dot.part', { class: part }), t(part)),
    h('dd.num', number(run[part])),
  );

// -- orders -----------------------------------------------------------------------------------------

async function order(run, verb, body = {}) {
  state.dialog = null;
  try {
    const changed = await ask('POST', inside(`/runs/${run.id}/${verb}`), body);
    state.runs.set(changed.id, changed);
    say(`${runTitle(changed)}: ${t(changed.status)}`);
  } catch (e) {
    fail(e);
  }
  draw();
}

function askToStop(run) {
  state.dialog = {
    title: t('stop_title'),
    body: () => h('p', t('stop_text', { n: number((state.runs.get(run.id) || run).queued) })),
    actions: () => [
      h('button.button.danger', { key: 'stop', onclick: () => order(run, 'stop') }, t('stop_only')),
      h(
        'button.button.danger.solid',
        { key: 'hang up', onclick: () => order(run, 'stop', { hang_up: true }) },
        t('stop_hang_up'),
      ),
    ],
  };
  draw();
}

function orders(run) {
  if (isOver(run) || !mayAct()) return null;
  const goesOn =
    run.status === 'paused'
      ? h('button.button.primary', { key: 'resume', onclick: () => order(run, 'resume') }, t('resume'))
      : h(
          'button.button',
          { key: 'pause', disabled: run.status !== 'running', onclick: () => order(run, 'pause') },
          t('pause'),
        );
  return [goesOn, h('button.button.danger', { key: 'stop', onclick: () => askToStop(run) }, t('stop'))];
}

// -- what came of it --------------------------------------------------------------------------------

const came = { run: 0, of: -1, items: [], at: 0 };

/** Counted by the server; anew when calls have ended since, and not too often. */
function readOutcomes(run) {
  const over = run.completed + run.failed;
  if (came.run !== run.id) Object.assign(came, { run: run.id, of: -1, items: [], at: 0 });
  const soonest = run.total > 10000 ? 15000 : 3000;
  if (came.of === over || (Date.now() - came.at < soonest && !isOver(run))) return;
  Object.assign(came, { of: over, at: Date.now() });
  ask('GET', inside(`/runs/${run.id}/outcomes`)).then(
    (told) => {
      if (came.run === run.id) came.items = told.items;
      draw();
    },
    () => (came.of = -1),
  );
}

function outcomes(run) {
  readOutcomes(run);
  const all = came.items.reduce((sum, o) => sum + o.jobs, 0);
  if (!all) return null;
  const most = Math.max(...came.items.map((o) => o.jobs));
  const answered = came.items.find((o) => o.outcome === 'answered') || { jobs: 0, talked_s: 0 };
  const bar = (o) =>
    h(
      'li',
      { key: o.outcome, 'data-outcome': o.outcome },
      h('span', t(o.outcome)),
      h(
        'span.bar-of',
        { 'aria-hidden': 'true' },
        h('i', { class: o.outcome, style: { width: `${(o.jobs / most) * 100}%` } }),
      ),
      h('b.num', number(o.jobs)),
      h('span.num.quiet', percent(o.jobs / all)),
    );
  return h(
    'div.outcomes',
    { key: 'outcomes' },
    h('h2', t(isOver(run) ? 'came_of_it' : 'so_far')),
    h(
      'p.quiet',
      t('reached', { share: percent(answered.jobs / all) }),
      ' · ',
      t('talk_in_all', { t: length(answered.talked_s * 1000) }),
    ),
    h('ul.plain', came.items.map(bar)),
  );
}

// -- its leads --------------------------------------------------------------------------------------

function leadsOf(run) {
  const filter = shown.filter;
  const name = `jobs ${run.id}`;
  const count = () => {
    const r = state.runs.get(run.id) || run;
    return filter ? r[filter] : r.total;
  };
  const jobs = list(
    name,
    inside(`/runs/${run.id}/jobs${filter ? '?status=' + filter : ''}`),
    (path) => new Anywhere(path, count),
  );
  const choose = (e) => {
    shown.filter = e.target.value;
    toTop(name);
    draw();
  };
  return h(
    'section.card',
    { key: 'leads' },
    h(
      'header',
      h('h2', t('leads')),
      h(
        'select',
        { 'aria-label': t('status'), value: filter, onchange: choose },
        ['', ...STATUSES].map((s) => h('option', { key: s || 'all', value: s }, t(s || 'all_statuses'))),
      ),
      h(
        'button.button.small',
        { onclick: () => exportJobs(run), disabled: !!state.exporting },
        state.exporting || t('export'),
      ),
    ),
    table({
      id: name,
      name: 'jobs',
      label: t('leads'),
      list: jobs,
      empty: t('no_leads'),
      row: (job) => rowOf(job, run),
      columns: ['lead', 'phone', 'status', 'attempts', 'outcome', 'duration', 'error', ''],
    }),
  );
}

function rowOf(job, run) {
  const status = job.in_doubt ? 'in_doubt' : job.status;
  return [
    h('a', { href: link('leads', job.lead_id) }, own(named(job) || `#${job.lead_id}`)),
    phone(job.phone_e164),
    [
      h('span.chip', { key: 's', class: status }, t(status)),
      job.status === 'queued' &&
        !isOver(run) &&
        h('button.link', { key: 'why', onclick: () => askWhy(job) }, t('why')),
    ],
    h('span.num', number(job.attempts)),
    job.outcome ? h('span.chip', { class: job.outcome }, t(job.outcome)) : h('span.quiet', t('nothing')),
    job.duration_s ? h('span.num', length(job.duration_s * 1000)) : h('span.quiet', t('nothing')),
    h('span.quiet', own(job.error || '')),
    storyButton(job.id, job),
  ];
}

const EXPORTED = [
  'id',
  'lead_id',
  'first_name',
  'last_name',
  'phone_e164',
  'status',
  'attempts',
  'outcome',
  'duration_s',
  'ended_at',
  'error',
];
async function exportJobs(run) {
  const parts = [`\ufeffjob_id,${EXPORTED.slice(1).join(',')}\r\n`];
  let done = 0;
  try {
    for await (const items of pages(inside(`/runs/${run.id}/jobs`))) {
      parts.push(items.map((job) => EXPORTED.map((name) => csvCell(job[name])).join(',') + '\r\n').join(''));
      state.exporting = t('exporting', { n: number((done += items.length)) });
      draw();
    }
    const name = `run-${run.id}.csv`;
    save(new Blob(parts, { type: 'text/csv' }), name);
    notice(t('exported', { n: name }));
  } catch (e) {
    fail(e);
  }
  state.exporting = '';
  draw();
}
