// The leads: search, filter, and picking whom to call, over any number of them.
import { h, own, phone } from './dom.js';
import { number } from './format.js';
import { Anywhere, list } from './lists.js';
import { ask, inside, once, pages } from './requests.js';
import { table, toTop } from './rows.js';
import { draw, fail, link, mayAct, notice, state } from './state.js';
import { importView } from './csv.js';
import { leadView } from './lead.js';
import { startDialog } from './start.js';
import { named, t } from './words.js';

const MOST_AT_ONCE = 3; // direct calls
const TYPING_MS = 200;

const filter = { typed: '', search: '', status: '' };
// Either some, by id, or all that fit the filter but those taken out again.
const pick = { ids: new Map(), all: false, but: new Set(), last: 0 };

function leadPath() {
  const query = new URLSearchParams();
  if (filter.search) query.set('search', filter.search);
  if (filter.status) query.set('status', filter.status);
  return inside('/leads' + (query.size ? '?' + query : ''));
}

const isPicked = (lead) => (pick.all ? !pick.but.has(lead.id) : pick.ids.has(lead.id));
const picked = (total) => (pick.all ? total - pick.but.size : pick.ids.size);

export function forgetPicks() {
  Object.assign(pick, { ids: new Map(), all: false, but: new Set() });
  draw();
}

/** What is picked one by one stays through other searches; "all" is all of this one. */
function refilter() {
  if (pick.all) forgetPicks();
  toTop('leads');
  draw();
}

/** As POST /runs takes it. `progress` hears of ids that had to be collected. */
async function selection(progress) {
  if (!pick.all) return { lead_ids: [...pick.ids.keys()] };
  if (pick.but.size) {
    const ids = [];
    for await (const items of pages(leadPath())) {
      for (const lead of items) if (!pick.but.has(lead.id)) ids.push(lead.id);
      progress(ids.length);
    }
    return { lead_ids: ids };
  }
  const { search, status } = filter;
  if (!search && !status) return { all: true };
  return { filter: { ...(search && { search }), ...(status && { status }) } };
}

function choose(leads, i, lead, on, range) {
  const from = range ? Math.min(pick.last, i) : i;
  const to = range ? Math.max(pick.last, i) : i;
  for (let k = from; k <= to; k++) {
    const one = k === i ? lead : leads.at(k);
    if (!one) continue;
    if (pick.all) pick.but[on ? 'delete' : 'add'](one.id);
    else if (on) pick.ids.set(one.id, one);
    else pick.ids.delete(one.id);
  }
  pick.last = i;
  draw();
}

export async function callNow(ids) {
  try {
    const made = await ask('POST', inside('/calls'), { lead_ids: ids }, once());
    notice(t('calls_started', { n: number(made.calls.length) }));
    forgetPicks();
    location.hash = link('live');
  } catch (e) {
    fail(e);
  }
}

export function leadsView() {
  if (state.id === 'import') return importView();
  if (state.id) return leadView(Number(state.id));
  const leads = list('leads', leadPath(), (path) => new Anywhere(path));
  const total = leads.count;
  const empty = h(
    'div',
    h('b', t('no_leads')),
    mayAct() && h('p', t('no_leads_hint')),
    mayAct() && h('a.button.primary', { href: link('leads', 'import') }, t('import_csv')),
  );
  return h(
    'section.card',
    { key: 'leads' },
    tools(total),
    mayAct() && toolbar(total),
    table({
      id: 'leads',
      label: t('leads'),
      name: 'leads',
      list: leads,
      empty,
      columns: [null, 'lead', 'phone', 'external_id', 'status'],
      mark: (lead) => (isPicked(lead) ? 'on' : ''),
      row: (lead, i) => rowOf(leads, lead, i),
    }),
  );
}

let typing;
function tools(total) {
  const type = (e) => {
    filter.typed = e.target.value;
    clearTimeout(typing);
    typing = setTimeout(() => {
      filter.search = filter.typed.trim();
      refilter();
    }, TYPING_MS);
  };
  const choose = (e) => {
    filter.status = e.target.value;
    refilter();
  };
  return h(
    'header.tools',
    h('h1', t('leads'), ' ', h('span.quiet.num', { 'data-total': total }, number(total))),
    h('input.grow', {
      type: 'search',
      placeholder: t('search_leads'),
      'aria-label': t('search_leads'),
      value: filter.typed,
      oninput: type,
    }),
    h(
      'select',
      { 'aria-label': t('status'), value: filter.status, onchange: choose },
      [
        ['', 'any_status'],
        ['active', 'active'],
        ['do_not_call', 'do_not_call'],
      ].map(([s, word]) => h('option', { key: word, value: s }, t(word))),
    ),
    mayAct() && h('a.button', { href: link('leads', 'import') }, t('import_csv')),
  );
}

function toolbar(total) {
  const chosen = picked(total);
  const all = (e) => {
    Object.assign(pick, { all: e.target.checked, ids: new Map(), but: new Set() });
    draw();
  };
  return h(
    'div.picked',
    { class: chosen ? 'some' : '', role: 'toolbar', 'aria-label': t('selected', { n: number(chosen) }) },
    h(
      'label.check',
      h('input', {
        type: 'checkbox',
        checked: pick.all && !pick.but.size,
        indeterminate: chosen > 0 && chosen < total,
        disabled: !total,
        onchange: all,
      }),
      t('select_all', { n: number(total) }),
    ),
    h('b', { 'aria-live': 'polite' }, chosen > 0 && t('selected', { n: number(chosen) })),
    chosen > 0 && h('button.link', { key: 'clear', onclick: forgetPicks }, t('clear')),
    h('span.grow'),
    h(
      'button.button',
      {
        disabled: pick.all || chosen < 1 || chosen > MOST_AT_ONCE,
        title: t('call_now_hint'),
        onclick: () => callNow([...pick.ids.keys()]),
      },
      t('call_now'),
    ),
    h(
      'button.button.primary',
      {
        disabled: !chosen,
        onclick: () =>
          startDialog({ count: chosen, selection, done: forgetPicks, sample: [...pick.ids.values()][0] }),
      },
      t('start_run'),
    ),
  );
}

function rowOf(leads, lead, i) {
  const name = named(lead) || lead.phone_e164;
  const on = isPicked(lead);
  const box = {
    type: 'checkbox',
    'aria-label': t('select', { name }),
    checked: on,
    onclick: (e) => choose(leads, i, lead, e.target.checked, e.shiftKey),
  };
  return [
    mayAct() && h('input', box),
    h('a', { href: link('leads', lead.id) }, own(named(lead) || `#${lead.id}`)),
    phone(lead.phone_e164),
    h('span.quiet', own(lead.external_id)),
    h('span.chip', { class: lead.status }, t(lead.status)),
  ];
}
