// The live view: what goes on now, as figures, on the timeline, by run, and what just ended.
import { h, own, phone } from './dom.js';
import { clock, minute, number, percent } from './format.js';
import { runCard } from './runs.js';
import { link, mayAct, state } from './state.js';
import { lane, ruler } from './timeline.js';
import { named, t } from './words.js';

const OPEN = ['pending', 'running', 'paused'];
const MANY_LANES = 6;
const RECENT = 8;

export function tile(name, value, { hint, share, drawing, kind, word } = {}) {
  return h(
    'div.tile',
    { key: name, 'data-name': name, class: kind },
    h('dt', t(word || name)),
    h('dd', h('b.num', value), hint && h('span.quiet', ' ', hint)),
    share !== undefined &&
      h('span.meter', { 'aria-hidden': 'true' }, h('i', { style: { width: `${Math.round(share * 100)}%` } })),
    drawing,
  );
}

/** The last minutes as columns; the newest is still growing. */
function spark(values) {
  const top = Math.max(1, ...values);
  const tall = (v) => Math.max(1.5, (v / top) * 30);
  const column = (v, i) =>
    h('rect', { key: i, x: i * 10 + 1, width: 8, rx: 1.5, height: tall(v), y: 30 - tall(v) });
  return h(
    'svg.spark',
    { viewBox: '0 0 150 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    values.map(column),
  );
}

export function liveView() {
  if (!state.slots)
    return h('div.skeleton', { 'aria-busy': 'true', 'aria-label': t('loading') }, h('i'), h('i'), h('i'));
  const slots = [...state.slots.values()].filter((s) => s.slot <= state.limit || s.state !== 'free');
  slots.sort((a, b) => a.slot - b.slot);
  const runs = [...state.runs.values()].sort((a, b) => b.id - a.id);
  const open = runs.filter((r) => OPEN.includes(r.status));
  return h(
    'div.live',
    { key: 'live' },
    h('h1.unseen', t('live')),
    figures(slots.filter((s) => s.state !== 'free').length, open),
    h(
      'section.card.lanes',
      { class: slots.length > MANY_LANES ? 'many' : '' },
      h('header', h('h2', t('lanes')), legend()),
      h('ol.lane-list', { 'aria-label': t('lanes') }, slots.map(lane)),
      ruler(),
    ),
    h('div.two', runsNow(open.length ? open : runs.slice(0, 2)), justEnded()),
  );
}

function figures(active, open) {
  const pulse = state.pulse || { calls_last_minute: 0, busy_share: 0, calls_per_minute: [] };
  const ends = open
    .map((r) => r.eta && r.eta.at)
    .filter(Boolean)
    .sort();
  const last = ends[ends.length - 1];
  return h(
    'dl.tiles',
    tile('capacity', `${active}/${state.limit}`, { share: state.limit ? active / state.limit : 0 }),
    tile('per_minute', number(pulse.calls_last_minute), { drawing: spark(pulse.calls_per_minute) }),
    tile('busy_share', percent(pulse.busy_share), { hint: t('busy_share_hint'), share: pulse.busy_share }),
    tile('open_runs', number(open.length), { hint: last && t('eta', { t: minute(last) }) }),
  );
}

function legend() {
  const one = (s) => h('li', { key: s }, h('i.dot', { class: s }), t(s));
  return h(
    'ul.legend',
    { 'aria-hidden': 'true' },
    ['dialing', 'ringing', 'calling', 'in_doubt'].map(one),
    h('li', { key: 'before' }, h('i.dot.hatched'), t('before_answer')),
  );
}

function runsNow(runs) {
  return h(
    'section.card',
    { key: 'runs' },
    h(
      'header',
      h('h2', t('runs')),
      mayAct() && h('a.button.small', { href: link('start') }, '+ ', t('start_run')),
    ),
    runs.length ? h('ul.plain', runs.map(runCard)) : h('p.empty', t('no_runs')),
  );
}

function justEnded() {
  const recent = state.ended.slice(-RECENT).reverse();
  return h(
    'section.card',
    { key: 'recent' },
    h('header', h('h2', t('recent'))),
    recent.length ? h('ul.plain.recent', recent.map(endedRow)) : h('p.empty', t('nothing_ended')),
  );
}

function endedRow(call) {
  return h(
    'li',
    { key: call.key },
    h('a', { href: link('leads', call.lead) }, own(named(call) || `#${call.lead}`)),
    phone(call.phone),
    h('span.chip', { class: call.outcome }, t(call.outcome)),
    h('time.num.quiet', clock(call.to)),
  );
}
