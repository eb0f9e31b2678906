// All about one call, beside its bar: by hovering, by a tap, by Enter; Escape closes it.
import { h, own, phone } from './dom.js';
import { clock, length } from './format.js';
import { ask, inside } from './requests.js';
import { draw, link, now, state } from './state.js';
import { openStory } from './story.js';
import { named, runTitle, t } from './words.js';

const WIDTH = 320; // px, as in the style
const LINGER_MS = 180; // time to move onto the card

let leaving;

export function showCard(call, bar, pinned, x) {
  clearTimeout(leaving);
  if (state.card && state.card.pinned && !pinned) return;
  const box = bar.getBoundingClientRect();
  const middle = x || Math.min(box.right, innerWidth - 20) - 20;
  const left = Math.max(8, Math.min(innerWidth - WIDTH - 8, middle - WIDTH / 2));
  const below = box.bottom + 340 < innerHeight;
  state.card = { call, pinned, left, edge: below ? box.bottom + 8 : innerHeight - box.top + 8, below, bar };
  if (call.to) complete(call);
  draw();
}

/** A click or Enter: it stays until it is closed. */
export function holdCard(call, bar, x) {
  if (state.card && state.card.pinned && state.card.call.key === call.key) return closeCard();
  showCard(call, bar, true, x);
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector('.call-card footer a')?.focus()));
}

export function leaveCard() {
  clearTimeout(leaving);
  leaving = setTimeout(() => state.card && !state.card.pinned && closeCard(), LINGER_MS);
}

export function closeCard() {
  const { bar, pinned } = state.card || {};
  state.card = null;
  if (pinned && bar && bar.isConnected) bar.focus();
  draw();
}

addEventListener('keydown', (e) => e.key === 'Escape' && state.card && closeCard());
addEventListener('pointerdown', (e) => {
  if (state.card && !e.target.closest('.call-card, .bar')) closeCard();
});

/** Instead of the card; the focus goes back to the bar, as from the card. */
function toStory(call) {
  const { bar } = state.card;
  state.card = null;
  bar.focus({ preventScroll: true });
  openStory(call.job);
}

/** What only the history knows: the error, and the talk time as the carrier counts it. */
async function complete(call) {
  if (call.complete) return;
  call.complete = true;
  try {
    const page = await ask('GET', inside(`/calls?lead_id=${call.lead}&limit=20`));
    const found = page.items.find((c) => c.job_id === call.job && c.attempt === call.attempt);
    if (found) Object.assign(call, { error: found.error || '', talked: found.duration_s });
  } catch {
    call.complete = false; // the next look tries again
  }
  draw();
}

/** The call as it is now: it may have ended while its card was open. */
function present(call) {
  const ended = state.ended.find((c) => c.key === call.key);
  if (ended) {
    complete(ended);
    return ended;
  }
  return call;
}

export function callCard() {
  const { left, edge, below, pinned } = state.card;
  const call = present(state.card.call);
  const live = !call.to;
  const what = live ? call.now : call.outcome;
  const style = {
    left: `${left}px`,
    top: below ? `${edge}px` : 'auto',
    bottom: below ? 'auto' : `${edge}px`,
  };
  return h(
    'aside.call-card',
    {
      key: 'card',
      style,
      role: pinned ? 'dialog' : 'tooltip',
      'aria-label': t('call_of', { name: named(call) || call.phone }),
      onpointerenter: () => clearTimeout(leaving),
      onpointerleave: leaveCard,
    },
    h(
      'header',
      h('div', h('b', own(named(call) || `#${call.lead}`)), phone(call.phone)),
      h('span.chip', { class: what }, t(what)),
    ),
    h(
      'dl',
      facts(call, live).map(([word, value]) => h('div', { key: word }, h('dt', t(word)), h('dd', value))),
    ),
    h(
      'p.quiet',
      { key: 'why' },
      t(live ? (what === 'in_doubt' ? 'why_live_in_doubt' : 'why_live') : 'why_' + what),
      ' ',
      call.error && h('b', own(call.error)),
    ),
    h(
      'footer',
      h('a.button.small', { href: link('leads', call.lead) }, t('open_lead')),
      h('button.button.small', { onclick: () => toStory(call) }, t('story')),
      pinned && h('button.link.round', { 'aria-label': t('close'), onclick: closeCard }, '✕'),
    ),
  );
}

function whence(call) {
  if (!call.run) return t('direct');
  const run = state.runs.get(call.run);
  return h('a', { href: link('runs', call.run) }, own(run ? runTitle(run) : t('run', { n: call.run })));
}

function facts(call, live) {
  const end = call.to || now();
  const talked =
    call.talked !== undefined && call.talked !== null
      ? call.talked * 1000
      : call.answered && end - call.answered;
  const ticking = (since) => h('span.num.live-time', { 'data-since': since }, length(now() - since));
  return [
    ['began', h('span.num', clock(call.from))],
    [
      'rang',
      live && !call.answered ? ticking(call.from) : h('span.num', length((call.answered || end) - call.from)),
    ],
    (call.answered || talked > 0) && [
      'talked',
      live ? ticking(call.answered) : h('span.num', length(talked)),
    ],
    call.to && ['ended', h('span.num', clock(call.to))],
    ['line', h('span.num', call.slot)],
    ['the_run', whence(call)],
    call.attempt > 1 && ['attempt', h('span.num', call.attempt)],
    call.sid && ['call_id', h('bdi.sid', { dir: 'ltr', title: call.sid }, call.sid)],
  ].filter(Boolean);
}
