// Runs: cards with their progress, one run in full with its leads, and why a lead waits.
import { h, own, phone, rows, pretty } from './dom.js';
import { ask, draw, inside, list, state } from './store.js';
import { day, length, minute, named, number, t } from './words.js';
import { link, runTitle, say } from './live.js';
import { fail, notice } from './app.js';

const PARTS = ['completed', 'failed', 'cancelled', 'calling', 'dialing', 'queued'];
const OVER = ['completed', 'cancelled', 'failed'];

function progress(run) {
  const ended = run.completed + run.failed + run.cancelled;
  return h('div', { class: 'progress', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': run.total, 'aria-valuenow': ended, 'aria-label': runTitle(run) },
    PARTS.map((p) => h('i', { key: p, class: p, style: { 'flex-grow': run[p] } })));
}

function when(run) {
  if (OVER.includes(run.status)) return t('finished', { t: day(run.ended_at) });
  if (run.status !== 'running') return '';
  if (!run.eta) return t('eta_soon');
  return h('span', {}, h('b', {}, t('eta', { t: minute(run.eta.at) })), ' ', h('span', { class: 'quiet' }, t('eta_range', { a: minute(run.eta.earliest), b: minute(run.eta.latest) })));
}

export function runCard(run) {
  const ended = run.completed + run.failed + run.cancelled;
  return h('li', { class: 'run', key: run.id, 'data-run': run.id },
    h('a', { class: 'run-head', href: link('runs', run.id) }, h('b', {}, own(runTitle(run))), h('span', { class: 'chip ' + run.status }, t(run.status))),
    progress(run),
    h('div', { class: 'run-foot' }, h('span', { class: 'num' }, t('of', { a: number(ended), b: number(run.total) })), h('span', {}, when(run))));
}

export function runsView() {
  if (state.id) return oneRun(Number(state.id));
  const runs = list('runs', inside('/runs'), 50);
  const items = runs.items.map((r) => state.runs.get(r.id) || r);
  const fresh = [...state.runs.values()].filter((r) => !runs.items.some((x) => x.id === r.id));
  const all = [...fresh, ...items].sort((a, b) => b.id - a.id);
  return h('section', { class: 'card', key: 'runs' }, h('header', {}, h('h2', {}, t('runs')), h('a', { class: 'button primary', href: link('start') }, '+ ', t('start_run'))),
    all.length ? h('ul', { class: 'plain grid' }, all.map(runCard)) : h('p', { class: 'empty' }, runs.loading ? t('loading') : t('no_runs')),
    !runs.ended && all.length > 0 && h('button', { class: 'button', onclick: () => runs.want(runs.items.length + 50) }, '…'));
}

async function order(run, verb, body) {
  state.dialog = null;
  try {
    const changed = await ask('POST', inside(`/runs/${run.id}/${verb}`), body || {});
    state.runs.set(changed.id, changed);
    say(`${runTitle(changed)}: ${t(changed.status)}`);
  } catch (e) { fail(e); }
  draw();
}

function orders(run) {
  if (OVER.includes(run.status)) return null;
  return [
    run.status === 'paused' ? h('button', { key: 'resume', class: 'button primary', onclick: () => order(run, 'resume') }, t('resume'))
      : h('button', { key: 'pause', class: 'button', disabled: run.status !== 'running', onclick: () => order(run, 'pause') }, t('pause')),
    h('button', { key: 'stop', class: 'button danger', onclick: () => { state.dialog = { title: t('stop_title'), body: () => h('p', {}, t('stop_text')), actions: () => [
      h('button', { class: 'button danger', onclick: () => order(run, 'stop', {}) }, t('stop_only')),
      h('button', { class: 'button danger solid', onclick: () => order(run, 'stop', { hang_up: true }) }, t('stop_hang_up'))] }; draw(); } }, t('stop')),
  ];
}

const asked = new Set();
function oneRun(id) {
  const run = state.runs.get(id);
  if (!run) {
    if (!asked.has(id)) {
      asked.add(id);
      ask('GET', inside(`/runs/${id}`)).then((r) => { state.runs.set(id, r); draw(); }, fail).finally(() => asked.delete(id));
    }
    return h('div', { class: 'skeleton', 'aria-busy': 'true' }, h('i'), h('i'));
  }
  const filter = state.jobFilter || '';
  const jobs = list(`jobs ${id}`, inside(`/runs/${id}/jobs${filter ? '?status=' + filter : ''}`));
  const over = OVER.includes(run.status);
  return h('div', { key: 'run ' + id },
    h('section', { class: 'card run-full', 'data-status': run.status },
      h('header', {}, h('a', { class: 'back', href: link('runs'), 'aria-label': t('back_to') }, '‹'), h('h2', {}, own(runTitle(run)), ' ', h('span', { class: 'chip ' + run.status }, t(run.status))), h('div', { class: 'actions' }, orders(run))),
      progress(run),
      h('dl', { class: 'counts' }, PARTS.slice().reverse().map((p) => h('div', { key: p, 'data-count': p }, h('dt', {}, h('i', { class: 'dot part ' + p }), t(p)), h('dd', { class: 'num' }, number(run[p]))))),
      h('p', { class: 'when' }, when(run), run.skipped_count > 0 && h('span', { class: 'quiet' }, ' · ', t('skipped', { n: number(run.skipped_count) })), run.error && h('span', { class: 'bad' }, ' ', own(run.error))),
      over && outcomes(run)),
    h('section', { class: 'card' },
      h('header', {}, h('h2', {}, t('leads')),
        h('select', { 'aria-label': t('status'), value: filter, onchange: (e) => { state.jobFilter = e.target.value; rows.boxes[`jobs ${id}`] = undefined; draw(); } },
          ['', 'queued', 'dialing', 'calling', 'completed', 'failed', 'cancelled'].map((s) => h('option', { key: s || 'all', value: s }, s ? t(s) : t('all_statuses')))),
        h('button', { class: 'button small', onclick: () => exportJobs(run) }, t('export'))),
      jobTable(run, jobs, filter)));
}

function jobTable(run, jobs, filter) {
  const count = jobs.ended || filter ? jobs.items.length : Math.max(jobs.items.length, run.total);
  if (!count) return h('p', { class: 'empty' }, jobs.loading ? t('loading') : jobs.failed || t('no_leads'));
  return h('div', { class: 'table jobs', role: 'table', 'aria-rowcount': count },
    h('div', { class: 'tr head', role: 'row' }, ['lead', 'phone', 'status', 'attempts', 'outcome', 'duration', 'error'].map((c) => h('span', { key: c, role: 'columnheader' }, t(c)))),
    rows({ id: `jobs ${run.id}`, count, height: 46, label: t('leads'), changed: draw, row: (i) => {
      const j = jobs.items[i];
      if (!j) { jobs.want(i + 60); return h('div', { class: 'tr ghost', key: i, role: 'row' }, h('span', {}, '…')); }
      return h('div', { class: 'tr', role: 'row', key: j.id },
        h('span', { role: 'cell' }, h('a', { href: link('leads', j.lead_id) }, own(named(j) || `#${j.lead_id}`))),
        h('span', { role: 'cell' }, phone(j.phone_e164)),
        h('span', { role: 'cell' }, h('span', { class: 'chip ' + (j.in_doubt ? 'in_doubt' : j.status) }, t(j.in_doubt ? 'in_doubt' : j.status)),
          j.status === 'queued' && !OVER.includes(run.status) && h('button', { class: 'link', onclick: () => why(j) }, t('why'))),
        h('span', { role: 'cell', class: 'num' }, number(j.attempts)),
        h('span', { role: 'cell' }, j.outcome ? h('span', { class: 'chip ' + j.outcome }, t(j.outcome)) : '—'),
        h('span', { role: 'cell', class: 'num' }, j.duration_s !== null ? length(j.duration_s * 1000) : '—'),
        h('span', { role: 'cell', class: 'quiet' }, own(j.error || '')));
    } }));
}

async function why(job) {
  try {
    const told = await ask('GET', inside(`/jobs/${job.id}/why`));
    state.dialog = { title: t('why_title'), body: () => [h('p', {}, own(named(job)), ' ', phone(job.phone_e164)), told.gates.length === 0 && h('p', {}, told.message),
      h('ol', { class: 'gates' }, told.gates.map((g) => h('li', { key: g.gate, class: g.open ? 'open' : g.gate === told.held_by ? 'holds' : 'shut' },
        h('i', { 'aria-hidden': 'true' }, g.open ? '✓' : '●'), h('b', {}, t('gate_' + g.gate)), h('span', { class: 'quiet' }, g.open ? '' : own(g.message), g.until && ` ${t('until', { t: day(g.until) })}`))))] };
  } catch (e) { fail(e); }
  draw();
}

const KINDS = ['answered', 'machine', 'busy', 'no_answer', 'failed', 'canceled', 'in_doubt', 'none'];
function outcomes(run) {
  const known = state.outcomes && state.outcomes.run === run.id ? state.outcomes : null;
  if (!known) {
    state.outcomes = { run: run.id, counts: {} };
    countOutcomes(run.id);
  }
  const counts = (known && known.counts) || {};
  const most = Math.max(1, ...Object.values(counts));
  return h('div', { class: 'outcomes' }, h('h3', {}, t('came_of_it')),
    h('ul', { class: 'plain' }, KINDS.filter((k) => counts[k]).map((k) => h('li', { key: k, 'data-outcome': k }, h('span', {}, t(k)), h('span', { class: 'bar-of' }, h('i', { class: k, style: { width: `${(counts[k] / most) * 100}%` } })), h('b', { class: 'num' }, number(counts[k]))))));
}
async function countOutcomes(run) {
  const counts = {};
  try {
    for await (const page of allJobs(run)) {
      for (const j of page) counts[j.outcome || 'none'] = (counts[j.outcome || 'none'] || 0) + 1;
      if (state.outcomes.run === run) { state.outcomes.counts = { ...counts }; draw(); }
    }
  } catch (e) { /* what has come is shown */ }
}
async function* allJobs(run) {
  let cursor = '';
  while (cursor !== null) {
    const page = await ask('GET', inside(`/runs/${run}/jobs?limit=1000${cursor ? '&cursor=' + encodeURIComponent(cursor) : ''}`));
    yield page.items;
    cursor = page.next_cursor;
  }
}

/** As text that a spreadsheet takes for text, whatever it begins with. */
const cell = (x) => {
  let s = x === null || x === undefined ? '' : String(x);
  if (/^[=@\t\r]|^[+-](?!\d+$)/.test(s)) s = "'" + s;
  return /[",\n\r]/.test(s) ? `"${s.replace(/"/g, '""')}"` : s;
};
async function exportJobs(run) {
  const parts = ['\ufeffjob_id,lead_id,first_name,last_name,phone_e164,status,attempts,outcome,duration_s,ended_at,error\r\n'];
  try {
    for await (const page of allJobs(run.id)) {
      parts.push(page.map((j) => [j.id, j.lead_id, j.first_name, j.last_name, j.phone_e164, j.status, j.attempts, j.outcome, j.duration_s, j.ended_at, j.error].map(cell).join(',') + '\r\n').join(''));
    }
    save(new Blob(parts, { type: 'text/csv' }), `run-${run.id}.csv`);
  } catch (e) { fail(e); }
}
export function save(blob, name) {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  notice(name);
}
