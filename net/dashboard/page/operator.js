// The operator's view: whether all is well, and all businesses, one of which is found quickly.
import { h, own, phone } from './dom.js';
import { day, number } from './format.js';
import { list } from './lists.js';
import { tile } from './live.js';
import { ask } from './requests.js';
import { isAtTop, table, toTop } from './rows.js';
import { draw, state } from './state.js';
import { t, told } from './words.js';

const NEWS_MS = 2000;
const TYPING_MS = 200;
const RATE_MS = 60000;
const CHOICES = [
  ['', 'show_all'],
  ['busy', 'only_busy'],
  ['in_doubt', 'only_in_doubt'],
];
const find = { typed: '', search: '', which: '' };
let placed = []; // [when, calls placed until then]: the last minute

export function operatorView() {
  const all = state.overview;
  return h(
    'div',
    { key: 'operator' },
    h('h1.unseen', t('operator')),
    h('dl.tiles.six', all && figures(all)),
    all && health(all),
    businesses(),
  );
}

function figures(all) {
  return [
    tile('businesses', number(all.businesses)),
    tile('live_calls', number(all.active)),
    tile('rate', rate() === null ? t('nothing') : number(rate())),
    tile('open_runs', number(all.runs_open)),
    tile('doubt_calls', number(all.in_doubt), { kind: all.in_doubt > 0 ? 'warn' : '' }),
    tile('looking_on', number(all.listeners)),
  ];
}

/** Calls placed in a minute, from how the server's count has grown; null until it is known. */
function rate() {
  if (placed.length < 2) return null;
  const [[since, before], [until, now]] = [placed[0], placed[placed.length - 1]];
  return Math.round(((now - before) * 60000) / (until - since));
}

function health(all) {
  const bad = Object.entries(all.checks).filter(([, check]) => !check.ok);
  return h(
    'section.card.health',
    { key: 'health', class: all.ready ? 'well' : 'ill' },
    h('b', { role: 'status' }, h('i.dot'), t(all.ready ? 'ready' : 'not_ready')),
    bad.map(([name, check]) => h('p.bad', { key: name }, own(told(check.message)))),
    h(
      'dl.facts',
      h('div', { key: 'carrier' }, h('dt', t('carrier_says')), h('dd', carrier(all))),
      all.nodes.map((node) =>
        h(
          'div',
          { key: node.name },
          h('dt', h('bdi', { dir: 'ltr' }, node.name)),
          h(
            'dd',
            t('node', { n: number(node.shards) }),
            node.since && h('span.quiet', ' · ', t('since', { t: day(node.since) })),
          ),
        ),
      ),
    ),
  );
}

function carrier(all) {
  if (!all.carrier_errors && !all.carrier_429) return t('carrier_calm');
  return [
    t('carrier_errors', { n: number(all.carrier_errors) }),
    ' · ',
    t('carrier_429', { n: number(all.carrier_429) }),
  ];
}

let typing;
function businesses() {
  const asked = new URLSearchParams();
  if (find.which) asked.set(find.which, 'true');
  if (find.search) asked.set('search', find.search);
  const path = `/overview/businesses?${asked}`;
  const type = (e) => {
    find.typed = e.target.value;
    clearTimeout(typing);
    typing = setTimeout(() => {
      find.search = find.typed.trim();
      toTop('businesses');
      draw();
    }, TYPING_MS);
  };
  const choose = (e) => {
    find.which = e.target.value;
    toTop('businesses');
    draw();
  };
  return h(
    'section.card',
    { key: 'businesses' },
    h(
      'header.tools',
      h('h2', t('businesses')),
      h('input.grow', {
        type: 'search',
        placeholder: t('find_business'),
        'aria-label': t('find_business'),
        value: find.typed,
        oninput: type,
      }),
      h(
        'select',
        { 'aria-label': t('show_which'), value: find.which, onchange: choose },
        CHOICES.map(([value, word]) => h('option', { key: word, value }, t(word))),
      ),
    ),
    table({
      id: 'businesses',
      name: 'businesses',
      label: t('businesses'),
      list: list('businesses', path),
      row: business,
      empty: t('no_business'),
      columns: ['businesses', 'phone', 'live_calls', 'per_minute', 'open_runs', 'status'],
    }),
  );
}

function business(b) {
  return [
    h('a', { href: `#/b/${b.id}/live` }, own(b.name)),
    phone(b.phone_e164),
    slots(b),
    h('span.num', { class: b.calls_last_minute ? '' : 'quiet' }, number(b.calls_last_minute)),
    h('span.num', { class: b.runs_open ? '' : 'quiet' }, number(b.runs_open)),
    [
      b.suspended && h('span.chip.failed', { key: 'suspended' }, t('suspended')),
      b.in_doubt > 0 && h('span.chip.in_doubt', { key: 'doubt' }, number(b.in_doubt), ' ', t('in_doubt')),
    ],
  ];
}

function slots(b) {
  const drawn = b.limit <= 8 ? b.limit : 0;
  const dots = Array.from({ length: drawn }, (_, i) => h('i', { key: i, class: i < b.active ? 'on' : '' }));
  return h(
    'span.slot-dots',
    { 'aria-label': `${b.active}/${b.limit}` },
    dots,
    h('span.num', { key: 'n' }, `${b.active}/${b.limit}`),
  );
}

/** Looks every two seconds while this view is looked at. */
export async function operatorNews() {
  if (state.me && state.me.admin && !state.business && !document.hidden) {
    try {
      state.overview = await ask('GET', '/overview');
      const time = Date.now();
      placed = [...placed.filter(([at]) => at > time - RATE_MS), [time, state.overview.calls_placed]];
      if (placed.length > 1 && placed[0][1] > state.overview.calls_placed) placed = []; // it was started anew
      const shown = state.lists.businesses;
      if (shown && isAtTop('businesses')) shown.again();
      state.link = 'open';
    } catch {
      state.link = 'lost';
    }
    draw();
  }
  setTimeout(operatorNews, NEWS_MS);
}
