// One lead, and all calls to it.
import { h, own, phone } from './dom.js';
import { list } from './lists.js';
import { ask, inside } from './requests.js';
import { callTable } from './history.js';
import { callNow } from './leads.js';
import { draw, fail, link, mayAct, state } from './state.js';
import { named, t } from './words.js';

let shown = null; // the lead that was read last

async function read(id) {
  shown = { id };
  try {
    shown = await ask('GET', inside(`/leads/${id}`));
  } catch (e) {
    fail(e);
  }
  draw();
}

async function allow(lead, status) {
  try {
    shown = await ask('PATCH', inside(`/leads/${lead.id}`), { status });
    state.lists.leads = undefined;
  } catch (e) {
    fail(e);
  }
  draw();
}

export function leadView(id) {
  if (!shown || shown.id !== id) read(id);
  const lead = shown;
  if (!lead.status) return h('div.skeleton', { 'aria-busy': 'true', 'aria-label': t('loading') }, h('i'));
  const calls = list('lead calls', inside(`/calls?lead_id=${id}`));
  return h(
    'div',
    { key: 'lead ' + id },
    h(
      'section.card',
      h(
        'header',
        h('a.back', { href: link('leads'), 'aria-label': t('back_to') }, '‹'),
        h('h1', own(named(lead) || `#${id}`), ' ', h('span.chip', { class: lead.status }, t(lead.status))),
        mayAct() && h('div.actions', orders(lead)),
      ),
      h(
        'dl.counts.facts',
        facts(lead).map(([word, value]) => h('div', { key: word }, h('dt', t(word)), h('dd', value))),
      ),
    ),
    h('section.card', h('header', h('h2', t('all_calls'))), callTable(calls, 'lead calls')),
  );
}

function orders(lead) {
  const other = lead.status === 'active' ? 'do_not_call' : 'active';
  return [
    h('button.button', { key: 'allow', onclick: () => allow(lead, other) }, t('set_' + other)),
    h(
      'button.button.primary',
      { key: 'call', disabled: lead.status !== 'active', onclick: () => callNow([lead.id]) },
      t('call_now'),
    ),
  ];
}

function facts(lead) {
  return [
    ['phone', phone(lead.phone_e164)],
    lead.external_id && ['external_id', own(lead.external_id)],
    lead.time_zone && ['time_zone', own(lead.time_zone)],
    lead.notes && ['notes', own(lead.notes)],
  ].filter(Boolean);
}
