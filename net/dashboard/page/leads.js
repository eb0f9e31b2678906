// Leads: a list of any length, picking, CSV with a preview, one lead with all its calls; and the
// history of calls.
import { h, own, phone, rows, pretty } from './dom.js';
import { ask, draw, inside, list, once, state } from './store.js';
import { clock, day, length, named, number, t } from './words.js';
import { link } from './live.js';
import { save } from './runs.js';
import { fail, notice } from './app.js';

const pick = { ids: new Map(), all: false };
const filter = { search: '', status: '' };
let typed;

const leadPath = () => {
  const q = new URLSearchParams();
  if (filter.search) q.set('search', filter.search);
  if (filter.status) q.set('status', filter.status);
  return inside('/leads' + (q.toString() ? '?' + q : ''));
};

function forget() { pick.ids.clear(); pick.all = false; rows.boxes.leads = undefined; }

export function leadsView() {
  if (state.id === 'import') return importView();
  if (state.id) return oneLead(Number(state.id));
  const leads = list('leads', leadPath());
  const total = leads.total === null ? leads.items.length : leads.total;
  const chosen = pick.all ? total : pick.ids.size;
  return h('section', { class: 'card', key: 'leads' },
    h('header', { class: 'tools' },
      h('h2', {}, t('leads'), ' ', h('span', { class: 'quiet num', 'data-total': total }, number(total))),
      h('input', { type: 'search', class: 'grow', placeholder: t('search_leads'), 'aria-label': t('search_leads'), value: filter.typed || '', oninput: (e) => {
        filter.typed = e.target.value;
        clearTimeout(typed);
        typed = setTimeout(() => { filter.search = filter.typed.trim(); forget(); draw(); }, 200);
      } }),
      h('select', { 'aria-label': t('status'), value: filter.status, onchange: (e) => { filter.status = e.target.value; forget(); draw(); } },
        h('option', { value: '' }, t('any_status')), h('option', { value: 'active' }, t('active')), h('option', { value: 'do_not_call' }, t('do_not_call'))),
      h('a', { class: 'button', href: link('leads', 'import') }, t('import_csv'))),
    h('div', { class: 'picked' + (chosen ? ' some' : ''), role: 'toolbar', 'aria-label': t('selected', { n: chosen }) },
      h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: pick.all, indeterminate: !pick.all && chosen > 0, disabled: !total, onchange: (e) => { pick.all = e.target.checked; pick.ids.clear(); draw(); } }), t('select_all', { n: number(total) })),
      chosen > 0 && h('b', { 'aria-live': 'polite' }, t('selected', { n: number(chosen) })),
      chosen > 0 && h('button', { class: 'link', onclick: () => { forget(); draw(); } }, t('clear')),
      h('span', { class: 'grow' }),
      h('button', { class: 'button', disabled: !(chosen >= 1 && chosen <= 3 && !pick.all), onclick: callNow }, t('call_now')),
      h('button', { class: 'button primary', disabled: !chosen, onclick: () => startDialog({ count: chosen, selection: selection() }) }, t('start_run'))),
    total ? h('div', { class: 'table leads', role: 'table', 'aria-rowcount': total },
      h('div', { class: 'tr head', role: 'row' }, h('span', {}), ['lead', 'phone', 'external_id', 'status'].map((c) => h('span', { key: c, role: 'columnheader' }, t(c)))),
      rows({ id: 'leads', count: total, height: 46, label: t('leads'), changed: draw, row: (i) => {
        const x = leads.items[i];
        if (!x) { leads.want(i + 60); return h('div', { class: 'tr ghost', key: i, role: 'row' }, h('span', {}, '…')); }
        const on = pick.all || pick.ids.has(x.id);
        return h('div', { class: 'tr' + (on ? ' on' : ''), role: 'row', key: x.id },
          h('span', { role: 'cell' }, h('input', { type: 'checkbox', 'aria-label': t('select', { name: named(x) || x.phone_e164 }), checked: on, disabled: pick.all, onchange: (e) => { e.target.checked ? pick.ids.set(x.id, x) : pick.ids.delete(x.id); draw(); } })),
          h('span', { role: 'cell' }, h('a', { href: link('leads', x.id) }, own(named(x) || `#${x.id}`))),
          h('span', { role: 'cell' }, phone(x.phone_e164)), h('span', { role: 'cell', class: 'quiet' }, own(x.external_id)),
          h('span', { role: 'cell' }, h('span', { class: 'chip ' + x.status }, t(x.status))));
      } }))
      : h('div', { class: 'empty' }, leads.loading ? t('loading') : leads.failed || h('div', {}, h('b', {}, t('no_leads')), h('p', {}, t('no_leads_hint')), h('a', { class: 'button primary', href: link('leads', 'import') }, t('import_csv')))));
}

function selection() {
  if (!pick.all) return { lead_ids: [...pick.ids.keys()] };
  if (!filter.search && !filter.status) return { all: true };
  return { filter: { ...(filter.search && { search: filter.search }), ...(filter.status && { status: filter.status }) } };
}

async function callNow() {
  try {
    const made = await ask('POST', inside('/calls'), { lead_ids: [...pick.ids.keys()] }, once());
    notice(t('calls_started', { n: made.calls.length }));
    forget();
    location.hash = link('live');
  } catch (e) { fail(e); }
  draw();
}

/** Asks for name, calls at once and script; then starts. */
export function startDialog({ count, selection, name = '' }) {
  const form = { name, concurrency: Math.min(3, (state.business && state.business.max_outbound_calls) || 3), own: !state.business.default_script, text: '', key: once() };
  const start = async () => {
    const body = { ...selection, concurrency: Number(form.concurrency), ...(form.name && { name: form.name }) };
    if (form.own) body.script = { say: { text: form.text, language: state.lang === 'he' ? 'he-IL' : 'en-US' } };
    state.busy = true;
    draw();
    try {
      const made = await ask('POST', inside('/runs'), body, form.key);
      state.dialog = null;
      forget();
      notice(t('started', { n: made.run_id }) + (made.skipped_count ? ' ' + t('skipped', { n: number(made.skipped_count) }) : ''));
      location.hash = link('runs', made.run_id);
    } catch (e) { form.problem = e.message; form.key = once(); }
    state.busy = false;
    draw();
  };
  state.dialog = {
    title: t('start_run'),
    body: () => h('form', { class: 'form', id: 'start-form', onsubmit: (e) => { e.preventDefault(); start(); } },
      h('p', { class: 'lead-count' }, t('to_call', { n: number(count) })),
      h('label', {}, t('run_name'), h('input', { name: 'name', dir: 'auto', maxlength: 200, value: form.name, oninput: (e) => { form.name = e.target.value; } })),
      h('label', {}, t('concurrency'), h('input', { name: 'concurrency', type: 'number', min: 1, max: 100, value: String(form.concurrency), oninput: (e) => { form.concurrency = e.target.value; } })),
      h('label', {}, t('script'), h('select', { name: 'script', value: form.own ? 'own' : 'default', onchange: (e) => { form.own = e.target.value === 'own'; draw(); } },
        state.business.default_script && h('option', { value: 'default' }, t('script_default')), h('option', { value: 'own' }, t('script_own')))),
      form.own && h('label', {}, t('script_text'), h('textarea', { name: 'text', dir: 'auto', rows: 3, required: true, value: form.text, oninput: (e) => { form.text = e.target.value; } }), h('small', { class: 'quiet' }, t('script_hint'))),
      form.problem && h('p', { class: 'bad', role: 'alert' }, own(form.problem))),
    actions: () => [h('button', { class: 'button primary', type: 'submit', form: 'start-form', disabled: state.busy }, t('start'))],
  };
  draw();
}

export function startView() {
  const leads = list('leads', inside('/leads'));
  return h('div', { class: 'two', key: 'start' },
    h('section', { class: 'card' }, h('header', {}, h('h2', {}, t('from_leads'))),
      h('p', { class: 'quiet' }, t('from_leads_hint', { n: number(leads.total || 0) })),
      h('p', { class: 'actions start-ways' }, h('button', { class: 'button', disabled: !leads.total, onclick: () => startDialog({ count: leads.total, selection: { all: true } }) }, t('call_all', { n: number(leads.total || 0) })), h('a', { class: 'button primary', href: link('leads') }, t('pick')))),
    importView());
}

// -- CSV -------------------------------------------------------------------------------------------

const drop = { file: null, seen: null, problem: '', reading: false, over: false };

async function take(file) {
  if (!file) return;
  Object.assign(drop, { file, seen: null, problem: '', reading: true });
  draw();
  try {
    drop.seen = await ask('POST', inside('/leads/preview'), file, { 'Content-Type': 'text/csv' });
  } catch (e) { drop.problem = e.message; }
  drop.reading = false;
  draw();
}

async function importNow(thenStart) {
  state.busy = true;
  draw();
  try {
    const done = await ask('POST', inside('/leads'), drop.file, { 'Content-Type': 'text/csv', ...once() });
    state.lists.leads = undefined;
    notice(t('imported', { n: number(done.imported + done.updated) }));
    if (thenStart) {
      startDialog({ count: done.lead_ids.length, name: drop.file.name.replace(/\.csv$/i, ''), selection: { lead_ids: done.lead_ids } });
    } else location.hash = link('leads');
    Object.assign(drop, { file: null, seen: null });
  } catch (e) { drop.problem = e.message; }
  state.busy = false;
  draw();
}

function importView() {
  const seen = drop.seen;
  return h('section', { class: 'card', key: 'import' },
    h('header', {}, h('a', { class: 'back', href: link('leads'), 'aria-label': t('back_to') }, '‹'), h('h2', {}, seen ? t('preview', { name: '' }) : t('import_csv'), ' ', seen && own(drop.file.name))),
    !seen && h('label', { class: 'drop' + (drop.over ? ' over' : ''), ondragover: (e) => { e.preventDefault(); if (!drop.over) { drop.over = true; draw(); } }, ondragleave: () => { drop.over = false; draw(); },
      ondrop: (e) => { e.preventDefault(); drop.over = false; take(e.dataTransfer.files[0]); } },
    h('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, h('path', { d: 'M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3' })),
    h('b', {}, drop.reading ? t('reading') : t('drop')), h('span', { class: 'quiet' }, t('drop_hint')),
    h('input', { type: 'file', accept: '.csv,text/csv', 'aria-label': t('choose'), onchange: (e) => take(e.target.files[0]) })),
    drop.problem && h('p', { class: 'bad', role: 'alert' }, own(drop.problem)),
    seen && previewOf(seen));
}

function previewOf(seen) {
  const called = seen.imported + seen.updated;
  return h('div', { class: 'preview' },
    h('dl', { class: 'counts big' }, [['fresh', seen.imported], ['known', seen.updated], ['wrong_rows', seen.skipped], ['would_call', called]].map(([k, n]) => h('div', { key: k, 'data-count': k }, h('dt', {}, t(k)), h('dd', { class: 'num' }, number(n))))),
    h('h3', {}, t('columns')),
    h('ul', { class: 'columns' }, seen.columns.map((c, i) => h('li', { key: i, class: c.field ? '' : 'unused' }, h('b', {}, own(c.header)), h('span', { 'aria-hidden': 'true' }, '→'), h('span', {}, c.field ? columnName(c.field) : t('ignored'))))),
    seen.errors.length > 0 && h('div', {}, h('h3', {}, t('wrong_rows')), h('ul', { class: 'errors' }, seen.errors.slice(0, 50).map((e, i) => h('li', { key: i }, h('b', { class: 'num' }, t('row', { n: number(e.row) })), own(e.message))), seen.error_count > 50 && h('li', {}, t('more_errors', { n: number(seen.error_count - 50) })))),
    seen.sample.length > 0 && h('div', {}, h('h3', {}, t('sample')), h('ul', { class: 'plain sample' }, seen.sample.map((r) => h('li', { key: r.row }, own(named(r) || '—'), phone(r.phone_e164), h('span', { class: 'quiet' }, own(r.external_id)))))),
    h('footer', { class: 'actions' }, h('button', { class: 'button', onclick: () => { drop.seen = drop.file = null; draw(); } }, t('cancel')),
      h('button', { class: 'button', disabled: state.busy || !called, onclick: () => importNow(false) }, t('import_only')),
      h('button', { class: 'button primary', disabled: state.busy || !called, onclick: () => importNow(true) }, state.busy ? t('importing') : t('import_start'))));
}
const columnName = (field) => ({ phone: t('phone'), name: t('run_name'), external_id: t('external_id'), notes: t('notes') }[field] || field.replace('_', ' '));

// -- one lead, and the history ------------------------------------------------------------------------

const asked = new Map();
function oneLead(id) {
  const lead = asked.get(id);
  if (!lead) {
    asked.set(id, {});
    ask('GET', inside(`/leads/${id}`)).then((x) => { asked.set(id, x); draw(); }, (e) => { asked.delete(id); fail(e); });
  }
  const calls = list('lead calls', inside(`/calls?lead_id=${id}`), 100);
  if (!lead || !lead.id) return h('div', { class: 'skeleton' }, h('i'));
  return h('div', { key: 'lead ' + id }, h('section', { class: 'card' },
    h('header', {}, h('a', { class: 'back', href: link('leads'), 'aria-label': t('back_to') }, '‹'), h('h2', {}, own(named(lead) || `#${id}`)), h('span', { class: 'chip ' + lead.status }, t(lead.status)), h('div', { class: 'actions' }, h('button', { class: 'button primary', onclick: () => { forget(); pick.ids.set(id, lead); callNow(); } }, t('call_now')))),
    h('dl', { class: 'counts facts' }, h('div', {}, h('dt', {}, t('phone')), h('dd', {}, phone(lead.phone_e164))), lead.external_id && h('div', {}, h('dt', {}, t('external_id')), h('dd', {}, own(lead.external_id))), lead.notes && h('div', {}, h('dt', {}, t('notes')), h('dd', {}, own(lead.notes))))),
  h('section', { class: 'card' }, h('header', {}, h('h2', {}, t('all_calls'))), callTable(calls, 'lead')));
}

const past = { outcome: '', from: '', to: '' };
export function historyView() {
  const q = new URLSearchParams();
  if (past.outcome) q.set('outcome', past.outcome);
  for (const end of ['from', 'to']) if (past[end]) q.set(end, new Date(past[end]).toISOString());
  const path = inside('/calls' + (q.toString() ? '?' + q : ''));
  const calls = list('calls', path);
  return h('section', { class: 'card', key: 'history' },
    h('header', { class: 'tools' }, h('h2', {}, t('history')),
      h('select', { 'aria-label': t('outcome'), value: past.outcome, onchange: (e) => { past.outcome = e.target.value; draw(); } }, h('option', { value: '' }, t('any_outcome')), ['answered', 'machine', 'busy', 'no_answer', 'failed', 'canceled', 'in_doubt'].map((o) => h('option', { key: o, value: o }, t(o)))),
      ['from', 'to'].map((end) => h('label', { key: end, class: 'inline' }, t(end), h('input', { type: 'datetime-local', value: past[end], onchange: (e) => { past[end] = e.target.value; draw(); } }))),
      h('button', { class: 'button small', onclick: () => ask('GET', path, undefined, { Accept: 'text/csv' }).then((b) => save(b, 'calls.csv'), fail) }, t('export'))),
    callTable(calls, 'history'));
}

function callTable(calls, id) {
  if (!calls.items.length) return h('p', { class: 'empty' }, calls.loading ? t('loading') : calls.failed || t('no_calls'));
  const count = calls.items.length + (calls.ended ? 0 : 40);
  return h('div', { class: 'table calls', role: 'table' },
    h('div', { class: 'tr head', role: 'row' }, ['time', 'lead', 'phone', 'outcome', 'duration', 'runs', 'error'].map((c) => h('span', { key: c, role: 'columnheader' }, t(c)))),
    rows({ id: 'calls ' + id, count, height: 46, label: t('history'), changed: draw, row: (i) => {
      const c = calls.items[i];
      if (!c) { calls.want(i + 60); return h('div', { class: 'tr ghost', key: i, role: 'row' }, h('span', {}, '…')); }
      return h('div', { class: 'tr', role: 'row', key: `${c.job_id}-${c.attempt}` },
        h('span', { role: 'cell', class: 'num', title: clock(c.started_at) }, day(c.started_at)), h('span', { role: 'cell' }, h('a', { href: link('leads', c.lead_id) }, own(named(c) || `#${c.lead_id}`))), h('span', { role: 'cell' }, phone(c.phone_e164)),
        h('span', { role: 'cell' }, h('span', { class: 'chip ' + (c.outcome || c.status) }, t(c.outcome || c.status))), h('span', { role: 'cell', class: 'num' }, c.duration_s !== null ? length(c.duration_s * 1000) : '—'),
        h('span', { role: 'cell' }, c.run_id ? h('a', { href: link('runs', c.run_id) }, t('run', { n: c.run_id })) : h('span', { class: 'quiet' }, t('direct'))), h('span', { role: 'cell', class: 'quiet' }, own(c.error || '')));
    } }));
}
