// The lines on the moving timeline. Bars lie on a strip at their times; the strip moves, the bars don't.
import { h, pretty } from './dom.js';
import { holdCard, leaveCard, showCard } from './call_card.js';
import { length } from './format.js';
import { callOf, WINDOW_MS } from './present.js';
import { draw, now, state } from './state.js';
import { named, t } from './words.js';

const OUTSIDE_MS = 5000; // a bar stays for that long when it has left the window
const ANEW_MS = 3600000; // far from its origin the strip's numbers grow
const NARROWEST = 0.35; // % of the window
let origin = Date.now();

const share = (ms) => (ms / WINDOW_MS) * 100;
const percent = (ms) => `${Math.max(NARROWEST, share(ms))}%`;

/** idle, reserved, dialing, ringing, calling or in_doubt */
export function stateOf(slot) {
  if (slot.state === 'free') return 'idle';
  if (slot.state !== 'dialing' && slot.state !== 'calling') return slot.state;
  if (slot.progress === 'in-progress') return 'calling';
  return slot.progress === 'ringing' ? 'ringing' : 'dialing';
}

export function lane(slot) {
  const what = stateOf(slot);
  const call = what === 'idle' || what === 'reserved' ? null : { ...callOf(slot), now: what };
  const earliest = now() - WINDOW_MS - OUTSIDE_MS;
  const past = state.ended.filter((c) => c.slot === slot.slot && c.to > earliest);
  const newest = call || past[past.length - 1];
  return h(
    'li.lane',
    { key: slot.slot, 'data-state': what },
    h('div.lane-head', h('span.lane-slot.num', slot.slot), h('div.lane-who', whoIsOn(slot, call, what))),
    h(
      'div.track',
      { role: 'group', 'aria-label': t('slot', { n: slot.slot }) },
      h(
        'div.strip',
        past.map((c) => bar(c, c === newest)),
        call && bar(call, true),
      ),
    ),
  );
}

function whoIsOn(slot, call, what) {
  const name = call ? named(call) || pretty(call.phone) : t('slot', { n: slot.slot });
  return [
    h('b.lane-name', { key: 'name', class: call ? '' : 'none', dir: 'auto' }, name),
    h(
      'span.lane-state',
      { key: 'state' },
      h('i.dot', { class: what }),
      t(what),
      call &&
        h(
          'span.num.live-time',
          { key: 'time', 'data-since': call.answered || call.from },
          length(now() - (call.answered || call.from)),
        ),
    ),
  ];
}

function bar(call, reachable) {
  const end = call.to || now();
  const name = named(call) || pretty(call.phone);
  const kind = call.to ? 'ended ' + call.outcome : 'live ' + call.now;
  const said = `${name}, ${t(call.to ? call.outcome : call.now)}, ${length(end - call.from)}`;
  const before = call.answered ? share(call.answered - call.from) / share(end - call.from) : 1;
  return h(
    'button.bar',
    {
      key: call.key,
      type: 'button',
      class: kind,
      'aria-label': said,
      'data-from': call.from,
      'data-answered': call.answered,
      tabindex: reachable ? 0 : -1,
      style: { 'inset-inline-start': `${share(call.from - origin)}%`, width: percent(end - call.from) },
      onpointerenter: (e) => e.pointerType === 'mouse' && showCard(call, e.currentTarget, false, e.clientX),
      onpointerleave: leaveCard,
      onclick: (e) => holdCard(call, e.currentTarget, e.clientX),
      onkeydown: step,
    },
    h('i.before', { style: { width: `${Math.min(1, before) * 100}%` } }),
    h('span', { dir: 'auto' }, name),
  );
}

/** The arrows go from call to call: on a line only the newest is reached by Tab. */
function step(e) {
  const rtl = document.dir === 'rtl';
  const next = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[e.key];
  if (!next) return;
  e.preventDefault();
  const to = next > 0 ? e.currentTarget.nextElementSibling : e.currentTarget.previousElementSibling;
  if (to) to.focus();
}

export function ruler() {
  const marks = [120, 90, 60, 30].map((s) => h('span.num', { key: s }, length(s * 1000)));
  return h('div.ruler', { 'aria-hidden': 'true' }, marks, h('span', { key: 'now' }, t('now')));
}

// -- the moving part ---------------------------------------------------------------------------------

const still = matchMedia('(prefers-reduced-motion: reduce)');
const MOVING_MS = 40;
let moved = 0;

function move() {
  requestAnimationFrame(move);
  const time = now();
  if (time - moved < (still.matches ? 1000 : MOVING_MS) || document.hidden) return;
  const newSecond = Math.floor(time / 1000) !== Math.floor(moved / 1000);
  moved = time;
  const shift = share(time - WINDOW_MS - origin) * (document.dir === 'rtl' ? 1 : -1);
  for (const strip of document.querySelectorAll('.strip')) strip.style.transform = `translateX(${shift}%)`;
  for (const live of document.querySelectorAll('.bar.live')) grow(live, time);
  if (!newSecond) return;
  for (const shown of document.querySelectorAll('.live-time'))
    shown.textContent = length(time - shown.dataset.since);
  if (time - origin > ANEW_MS) {
    origin = time;
    draw();
  }
}

function grow(live, time) {
  const { from, answered } = live.dataset;
  live.style.width = percent(time - from);
  live.firstChild.style.width = answered ? `${((answered - from) / (time - from)) * 100}%` : '100%';
}
requestAnimationFrame(move);
