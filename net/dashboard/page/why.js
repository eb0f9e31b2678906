// Why is this lead not being called now? The gates before its call, and the one that holds it.
import { h, own, phone } from './dom.js';
import { near } from './format.js';
import { ask, inside } from './requests.js';
import { draw, fail, state } from './state.js';
import { named, t, told } from './words.js';

let asked = 0;

/** Only the last question opens its answer: an earlier one would come back after it was closed. */
export async function askWhy(job) {
  const mine = ++asked;
  try {
    const answer = await ask('GET', inside(`/jobs/${job.id}/why`));
    if (mine !== asked) return;
    state.dialog = { title: t('why_title'), body: () => explain(job, answer) };
  } catch (e) {
    fail(e);
  }
  draw();
}

function explain(job, answer) {
  return [
    h('p', { key: 'who' }, h('b', own(named(job) || `#${job.lead_id}`)), ' ', phone(job.phone_e164)),
    !answer.held_by && h('p', { key: 'free' }, told(answer.message)),
    h(
      'ol.gates',
      { key: 'gates' },
      answer.gates.map((g) => gate(g, answer.held_by)),
    ),
  ];
}

function gate(g, heldBy) {
  const kind = g.open ? 'open' : g.gate === heldBy ? 'holds' : 'shut';
  return h(
    'li',
    { key: g.gate, class: kind },
    h('i', { 'aria-hidden': 'true' }, g.open ? '✓' : '✕'),
    h('b', t('gate_' + g.gate)),
    h('span', g.open ? '' : own(told(g.message)), g.until && ` ${t('until', { t: near(g.until) })}`),
  );
}
