// The live view: the slots as lanes on a timeline that moves, and what just ended.
import { h, own, phone, pretty } from './dom.js';
import { ask, inside, now, state, stream, draw } from './store.js';
import { clock, length, named, number, percent, t } from './words.js';
import { runCard } from './runs.js';

export const WINDOW_MS = 120000;
const KEPT = 400;
let origin = Date.now();

// -- what the stream says ---------------------------------------------------------------------------

stream.on('present', async (d) => {
  state.clock = Date.parse(d.at) - Date.now();
  state.slots = new Map(d.slots.items.map((s) => [s.slot, s]));
  state.limit = d.slots.limit;
  state.runs = new Map(d.runs.map((r) => [r.id, r]));
  state.pulse = d.pulse;
  state.trouble = '';
  if (state.link !== 'open') state.link = 'open';
  const from = new Date(now() - WINDOW_MS - 10000).toISOString();
  try {
    const page = await ask('GET', inside(`/calls?limit=200&from=${encodeURIComponent(from)}`));
    const ended = page.items.filter((c) => c.ended_at);
    state.bars = ended.map((c) => bar(c.slot, c, c.started_at, c.ended_at, c.outcome)).reverse();
    state.recent = ended.map((c) => ({ ...c, at: c.ended_at })).sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 12);
  } catch (e) { /* the lanes are true without their past */ }
  draw();
});
stream.on('trouble', (d) => { state.trouble = d.message; });
stream.on('slot', (s) => {
  if (!state.slots) return;
  state.slots.set(s.slot, s);
});
stream.on('job', (j) => {
  state.lastJob = j;
  if (j.status === 'dialing' || j.status === 'calling') return;
  state.bars.push(bar(j.slot, j, j.started_at, j.at, j.outcome || 'failed'));
  if (state.bars.length > KEPT) state.bars.splice(0, state.bars.length - KEPT);
  state.recent.unshift(j);
  state.recent.length = Math.min(state.recent.length, 12);
});
stream.on('run', (r) => {
  const before = state.runs.get(r.id);
  state.runs.set(r.id, r);
  if (before && before.status !== r.status) say(`${runTitle(r)}: ${t(r.status)}`);
  const jobs = state.lists[`jobs ${r.id}`];
  if (jobs && state.view === 'runs' && state.id === String(r.id)) jobs.again();
});
stream.on('pulse', (p) => { state.pulse = p; });

export const runTitle = (r) => r.name || t('run', { n: r.id });
export function say(text) { document.getElementById('say').textContent = text; }

function bar(slot, who, from, to, outcome) {
  return { key: `${who.id || who.job_id}-${who.attempt}`, slot, lead: who.lead_id, name: named(who), phone: who.phone_e164, from: Date.parse(from), to: Date.parse(to), outcome };
}

// -- how it looks -----------------------------------------------------------------------------------

export function stateOf(slot) {
  if (slot.state === 'dialing' || slot.state === 'calling') {
    if (slot.progress === 'in-progress') return 'calling';
    if (slot.progress === 'ringing') return 'ringing';
    return 'dialing';
  }
  return slot.state === 'free' ? 'idle' : slot.state;
}

const at = (time) => `${((time - origin) / WINDOW_MS) * 100}%`;

function lane(slot) {
  const what = stateOf(slot);
  const since = Date.parse(slot.since);
  const past = state.bars.filter((b) => b.slot === slot.slot && b.to > now() - WINDOW_MS - 5000);
  const who = named(slot) || pretty(slot.phone_e164);
  const busy = what !== 'idle' && what !== 'reserved';
  return h('li', { class: 'lane', key: slot.slot, 'data-state': what },
    h('div', { class: 'lane-head' },
      h('span', { class: 'lane-slot num' }, slot.slot),
      h('div', { class: 'lane-who' },
        busy ? h('a', { class: 'lane-name', href: link('leads', slot.lead_id) }, own(who || `#${slot.lead_id}`)) : h('span', { class: 'lane-name none' }, t(what)),
        h('span', { class: 'lane-state', title: what === 'in_doubt' ? t('in_doubt_long') : null },
          busy ? [h('i', { class: 'dot ' + what }), t(what), ' ', h('span', { class: 'num live-time', 'data-since': since }, length(now() - since))] : h('span', { class: 'quiet' }, t('slot', { n: slot.slot }))))),
    h('div', { class: 'track', 'aria-hidden': 'true' },
      h('div', { class: 'strip' },
        past.map((b) => h('a', {
          key: b.key, class: 'bar ended ' + b.outcome, href: link('leads', b.lead), tabindex: -1, style: { 'inset-inline-start': at(b.from), width: `max(4px, ${((b.to - b.from) / WINDOW_MS) * 100}%)` },
          title: `${b.name} ${b.phone}\n${t(b.outcome)}\n${length(b.to - b.from)} · ${clock(b.to)}`,
        }, h('span', { dir: 'auto' }, b.name || pretty(b.phone)))),
        busy && h('a', {
          key: `${slot.job_id}-${slot.attempt}`, class: 'bar live ' + what, href: link('leads', slot.lead_id), tabindex: -1, 'data-from': since,
          style: { 'inset-inline-start': at(since), width: `${Math.max(0.3, ((now() - since) / WINDOW_MS) * 100)}%` },
          title: `${who} ${slot.phone_e164 || ''}\n${t(what)}`,
        }, h('span', { dir: 'auto' }, who)))));
}

export const link = (view, id) => `#/b/${state.business.id}/${view}${id ? '/' + id : ''}`;

function tile(name, value, more, share) {
  return h('div', { class: 'tile', 'data-name': name }, h('dt', {}, t(name)), h('dd', {}, h('b', { class: 'num' }, value), more && h('span', { class: 'quiet' }, ' ', more)),
    share !== undefined && h('span', { class: 'meter', 'aria-hidden': 'true' }, h('i', { style: { width: `${Math.round(share * 100)}%` } })));
}

function spark(values) {
  const top = Math.max(1, ...values);
  return h('svg', { class: 'spark', viewBox: '0 0 150 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    values.map((v, i) => h('rect', { key: i, x: i * 10 + 1, width: 8, rx: 1.5, height: Math.max(1.5, (v / top) * 30), y: 30 - Math.max(1.5, (v / top) * 30) })));
}

export function liveView() {
  if (!state.slots) return h('div', { class: 'skeleton', 'aria-busy': 'true' }, h('i'), h('i'), h('i'));
  const slots = [...state.slots.values()].sort((a, b) => a.slot - b.slot).filter((s) => s.slot <= state.limit || s.state !== 'free');
  const active = slots.filter((s) => s.state !== 'free').length;
  const runs = [...state.runs.values()].sort((a, b) => b.id - a.id);
  const open = runs.filter((r) => ['pending', 'running', 'paused'].includes(r.status));
  const pulse = state.pulse || { calls_last_minute: 0, busy_share: 0, calls_per_minute: [] };
  return h('div', { class: 'live', key: 'live' },
    h('dl', { class: 'tiles' },
      tile('capacity', `${active}/${state.limit}`, null, state.limit ? active / state.limit : 0),
      h('div', { class: 'tile', 'data-name': 'per_minute' }, h('dt', {}, t('per_minute')), h('dd', {}, h('b', { class: 'num' }, number(pulse.calls_last_minute))), spark(pulse.calls_per_minute)),
      tile('busy_share', percent(pulse.busy_share), null, pulse.busy_share),
      tile('open_runs', number(open.length))),
    h('section', { class: 'card lanes' + (slots.length > 6 ? ' many' : '') },
      h('header', {}, h('h2', {}, t('lanes')), legend()),
      h('ol', { class: 'lane-list', 'aria-label': t('lanes') }, slots.map(lane)),
      h('div', { class: 'ruler', 'aria-hidden': 'true' }, [120, 90, 60, 30].map((s) => h('span', { key: s, class: 'num' }, length(s * 1000))), h('span', { key: 0 }, t('now')))),
    h('div', { class: 'two' },
      h('section', { class: 'card' }, h('header', {}, h('h2', {}, t('runs')), h('a', { class: 'button small', href: link('start') }, '+ ', t('start_run'))),
        runs.length ? h('ul', { class: 'plain' }, (open.length ? open : runs.slice(0, 3)).map(runCard)) : h('p', { class: 'empty' }, t('no_runs'))),
      h('section', { class: 'card' }, h('header', {}, h('h2', {}, t('recent'))),
        state.recent.length ? h('ul', { class: 'plain recent' }, state.recent.slice(0, 8).map((c) => h('li', { key: `${c.id || c.job_id}-${c.attempt}` },
          h('a', { href: link('leads', c.lead_id) }, own(named(c) || pretty(c.phone_e164))), phone(c.phone_e164), h('span', { class: 'chip ' + (c.outcome || c.status) }, t(c.outcome || c.status)), h('time', { class: 'num quiet' }, clock(c.at)))))
          : h('p', { class: 'empty' }, t('nothing_ended')))));
}

function legend() {
  return h('ul', { class: 'legend', 'aria-hidden': 'true' }, ['dialing', 'ringing', 'calling', 'in_doubt'].map((s) => h('li', { key: s }, h('i', { class: 'dot ' + s }), t(s))));
}

// -- the moving part --------------------------------------------------------------------------------

const still = matchMedia('(prefers-reduced-motion: reduce)');
let moved = 0;
function move() {
  requestAnimationFrame(move);
  const time = now();
  if (time - moved < (still.matches ? 1000 : 50) || document.hidden) return;
  const whole = Math.floor(time / 1000) !== Math.floor(moved / 1000);
  moved = time;
  const shift = ((time - WINDOW_MS - origin) / WINDOW_MS) * 100 * (document.dir === 'rtl' ? 1 : -1);
  for (const strip of document.querySelectorAll('.strip')) strip.style.transform = `translateX(${shift}%)`;
  for (const live of document.querySelectorAll('.bar.live')) live.style.width = `${Math.max(0.3, ((time - live.dataset.from) / WINDOW_MS) * 100)}%`;
  if (!whole) return;
  for (const shown of document.querySelectorAll('.live-time')) shown.textContent = length(time - shown.dataset.since);
  // Far from its origin the strip's numbers grow: begin anew now and then.
  if (time - origin > 3600000) { origin = time; draw(); }
}
requestAnimationFrame(move);
