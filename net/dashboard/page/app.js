// The frame: signing in, finding the way, the operator's view, dialogs. What is shown follows from
// the address (#/b/7/runs/3) and from what the server says.
import { h, own, patch, phone, rows } from './dom.js';
import { ask, draw, key, list, onDraw, signOut, state, stream } from './store.js';
import { day, number, t } from './words.js';
import { liveView, link, say } from './live.js';
import { runsView } from './runs.js';
import { historyView, leadsView, startView } from './leads.js';

export function fail(e) { state.notice = { text: e.message, bad: true, at: Date.now() }; say(e.message); draw(); fade(); }
export function notice(text) { state.notice = { text, at: Date.now() }; say(text); draw(); fade(); }
let fading;
function fade() { clearTimeout(fading); fading = setTimeout(() => { state.notice = null; draw(); }, 6000); }

// -- language and light: of this browser, not of the key ---------------------------------------------

state.lang = localStorage.getItem('lang') || (navigator.language.startsWith('he') ? 'he' : 'en');
state.theme = localStorage.getItem('theme') || 'auto';
function dress() {
  document.documentElement.lang = state.lang;
  document.documentElement.dir = state.lang === 'he' ? 'rtl' : 'ltr';
  if (state.theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
}
dress();
function choose(what, value) { state[what] = value; localStorage.setItem(what, value); dress(); draw(); }
const isDark = () => (state.theme === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : state.theme === 'dark');

// -- the way -----------------------------------------------------------------------------------------

async function follow() {
  if (!key.get()) { state.me = null; return draw(); }
  try {
    if (!state.me) state.me = await ask('GET', '/me');
  } catch (e) {
    if (e.status === 401) { key.set(''); state.signInProblem = t('wrong_key'); return draw(); }
    state.link = 'lost';
    draw();
    return setTimeout(follow, 1500);
  }
  const [, business, view, id] = location.hash.match(/^#\/b\/(\d+)(?:\/(\w+))?(?:\/(\w+))?/) || [];
  if (!business && !state.me.admin) { location.replace(`#/b/${state.me.business.id}/live`); return; }
  if (!business) {
    stream.close();
    state.business = null;
    state.view = 'operator';
  } else {
    if (!state.business || state.business.id !== Number(business)) await enter(Number(business));
    state.view = view || 'live';
    state.id = id || null;
  }
  state.dialog = null;
  draw();
}
async function enter(id) {
  stream.close();
  Object.assign(state, { slots: null, runs: new Map(), bars: [], recent: [], lists: {}, pulse: null, outcomes: null });
  try { state.business = await ask('GET', `/businesses/${id}`); } catch (e) { fail(e); state.business = null; location.hash = ''; return; }
  await new Promise((r) => setTimeout(r));
  stream.open();
}
addEventListener('hashchange', follow);

// -- views -------------------------------------------------------------------------------------------

const ICONS = {
  live: 'M3 7h10M3 12h16M3 17h7', leads: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5m1.5 3.5A6 6 0 0 1 21 20', runs: 'M8 5v14l11-7L8 5Z', history: 'M12 7v5l3 2m6-2a9 9 0 1 1-3-6.7M21 3v4h-4', operator: 'M4 20V10m5 10V4m5 16v-7m5 7V8',
};
const icon = (name) => h('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, h('path', { d: ICONS[name] }));

function signIn() {
  return h('main', { class: 'sign-in', key: 'sign in' },
    h('form', { class: 'card form', onsubmit: (e) => { e.preventDefault(); state.signInProblem = ''; key.set(new FormData(e.target).get('key').trim()); follow(); } },
      logo(), h('h1', {}, 'Ringmaster'), h('p', { class: 'quiet' }, t('tagline')),
      h('label', {}, t('key'), h('input', { name: 'key', type: 'password', autocomplete: 'off', required: true, dir: 'ltr', autofocus: true })),
      state.signInProblem && h('p', { class: 'bad', role: 'alert' }, state.signInProblem),
      h('button', { class: 'button primary', type: 'submit' }, t('sign_in')), h('small', { class: 'quiet' }, t('key_hint')),
      h('div', { class: 'corner' }, switches())));
}
const logo = () => h('svg', { viewBox: '0 0 32 32', class: 'logo', 'aria-hidden': 'true' }, h('rect', { width: 32, height: 32, rx: 9 }), h('circle', { cx: 11.4, cy: 18.5, r: 5.2 }), h('circle', { cx: 20.6, cy: 18.5, r: 5.2 }), h('circle', { cx: 16, cy: 11.2, r: 5.2 }));
const switches = () => [
  h('button', { key: 'lang', type: 'button', class: 'link', lang: state.lang === 'he' ? 'en' : 'he', onclick: () => choose('lang', state.lang === 'he' ? 'en' : 'he') }, t('language')),
  h('button', { key: 'theme', type: 'button', class: 'link round', 'aria-label': t('theme'), onclick: () => choose('theme', isDark() ? 'light' : 'dark') }, isDark() ? '☀' : '☾')];

function frame() {
  const b = state.business;
  const tabs = b ? ['live', 'leads', 'runs', 'history'] : [];
  const views = { live: liveView, leads: leadsView, runs: runsView, history: historyView, start: startView };
  return h('div', { class: 'frame', key: 'frame' },
    h('a', { class: 'skip', href: '#content', onclick: (e) => { e.preventDefault(); document.getElementById('content').focus(); } }, t('skip')),
    h('header', { class: 'top' },
      h('a', { class: 'brand', 'aria-label': 'Ringmaster', href: state.me.admin ? '#/' : b ? link('live') : '#/' }, logo(), h('b', {}, 'Ringmaster')),
      b && h('span', { class: 'where' }, own(b.name), ' ', h('small', { class: 'quiet' }, phone(b.phone_e164))),
      h('nav', { class: 'tabs', 'aria-label': t('view') },
        state.me.admin && h('a', { key: 'op', href: '#/', 'aria-current': b ? null : 'page' }, icon('operator'), h('span', {}, t(b ? 'businesses' : 'operator'))),
        tabs.map((v) => h('a', { key: v, href: link(v), 'aria-current': state.view === v ? 'page' : null }, icon(v), h('span', {}, t(v))))),
      h('div', { class: 'side' }, b && h('span', { class: 'link-state ' + state.link, role: 'status' }, h('i'), state.link === 'open' ? t('connected') : t('opening')), switches(), h('button', { class: 'link', onclick: signOut }, t('sign_out')))),
    b && state.link === 'lost' && h('p', { class: 'banner', role: 'alert' }, t('lost')),
    b && state.trouble && state.link === 'open' && h('p', { class: 'banner', role: 'alert' }, own(state.trouble)),
    h('main', { id: 'content', tabindex: -1 }, b ? (views[state.view] || liveView)() : operatorView()));
}

const find = { typed: '', search: '', busy: false };
let typing;
function operatorView() {
  const path = `/overview/businesses?busy=${find.busy}${find.search ? '&search=' + encodeURIComponent(find.search) : ''}`;
  const found = list('businesses', path, 100);
  const all = state.overview;
  return h('div', { key: 'operator' },
    h('dl', { class: 'tiles five' }, all && [['businesses', number(all.businesses)], ['live_calls', number(all.active)], ['open_runs', number(all.runs_open)], ['doubt_calls', number(all.in_doubt), all.in_doubt > 0], ['looking_on', number(all.listeners)]]
      .map(([k, v, bad]) => h('div', { class: 'tile' + (bad ? ' warn' : ''), key: k, 'data-name': k }, h('dt', {}, t(k)), h('dd', {}, h('b', { class: 'num' }, v))))),
    all && h('section', { class: 'card health ' + (all.ready ? 'well' : 'ill') }, h('b', {}, h('i', { class: 'dot' }), t(all.ready ? 'ready' : 'not_ready')),
      Object.entries(all.checks).filter(([, c]) => !c.ok).map(([name, c]) => h('p', { key: name, class: 'bad' }, own(c.message))),
      h('span', { class: 'quiet' }, t('nodes'), ': ', all.nodes.map((n) => h('span', { key: n.name }, own(t('node', { name: n.name, n: n.shards })), ' ', n.since && t('since', { t: day(n.since) }))))),
    h('section', { class: 'card' },
      h('header', { class: 'tools' }, h('h2', {}, t('businesses')),
        h('input', { type: 'search', class: 'grow', placeholder: t('find_business'), 'aria-label': t('find_business'), value: find.typed, oninput: (e) => { find.typed = e.target.value; clearTimeout(typing); typing = setTimeout(() => { find.search = find.typed.trim(); rows.boxes.businesses = undefined; draw(); }, 200); } }),
        h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: find.busy, onchange: (e) => { find.busy = e.target.checked; draw(); } }), t('only_busy'))),
      found.items.length ? h('div', { class: 'table businesses', role: 'table' },
        h('div', { class: 'tr head', role: 'row' }, ['businesses', 'phone', 'live_calls', 'per_minute', 'open_runs', 'status'].map((c) => h('span', { key: c, role: 'columnheader' }, t(c)))),
        rows({ id: 'businesses', count: found.items.length + (found.ended ? 0 : 30), height: 46, label: t('businesses'), changed: draw, row: (i) => {
          const b = found.items[i];
          if (!b) { found.want(i + 60); return h('div', { class: 'tr ghost', key: i, role: 'row' }, h('span', {}, '…')); }
          return h('div', { class: 'tr', role: 'row', key: b.id }, h('span', { role: 'cell' }, h('a', { href: `#/b/${b.id}/live` }, own(b.name))), h('span', { role: 'cell' }, phone(b.phone_e164)),
            h('span', { role: 'cell' }, slotDots(b)), h('span', { role: 'cell', class: 'num' }, number(b.calls_last_minute)), h('span', { role: 'cell', class: 'num' }, number(b.runs_open)),
            h('span', { role: 'cell' }, b.suspended && h('span', { class: 'chip failed' }, t('suspended')), b.in_doubt > 0 && h('span', { class: 'chip in_doubt' }, number(b.in_doubt), ' ', t('in_doubt'))));
        } })) : h('p', { class: 'empty' }, found.loading ? t('loading') : found.failed || t('no_business'))));
}
const slotDots = (b) => h('span', { class: 'slot-dots', title: `${b.active}/${b.limit}` }, b.limit <= 8 && Array.from({ length: b.limit }, (_, i) => h('i', { key: i, class: i < b.active ? 'on' : '' })), h('span', { class: 'num' }, `${b.active}/${b.limit}`));

async function operatorNews() {
  if (state.me && state.me.admin && !state.business && !document.hidden) {
    try { state.overview = await ask('GET', '/overview'); if (state.lists.businesses && (rows.boxes.businesses || { top: 0 }).top < 400) state.lists.businesses.again(); state.link = 'open'; } catch (e) { state.link = 'lost'; }
    draw();
  }
  setTimeout(operatorNews, 2000);
}

function dialog() {
  const d = state.dialog;
  const shut = () => { state.dialog = null; draw(); };
  return h('dialog', { key: 'dialog', 'aria-label': d.title, made: (el) => requestAnimationFrame(() => el.isConnected && el.showModal()), oncancel: shut, onclick: (e) => { if (e.target === e.currentTarget) shut(); } },
    h('div', { class: 'sheet' }, h('header', {}, h('h2', {}, d.title), h('button', { class: 'link round', 'aria-label': t('close'), onclick: shut }, '✕')), d.body(), h('footer', { class: 'actions' }, h('button', { class: 'button', onclick: shut }, t(d.actions ? 'cancel' : 'close')), d.actions && d.actions())));
}

onDraw(() => {
  patch(document.getElementById('app'), [state.me ? frame() : key.get() && !state.signInProblem ? h('p', { class: 'boot', key: 'boot' }, state.link === 'lost' ? t('lost') : 'Ringmaster') : signIn(),
    state.dialog && dialog(), state.notice && h('div', { key: 'notice', class: 'notice' + (state.notice.bad ? ' bad' : '') }, own(state.notice.text))]);
  document.title = (state.business && state.slots ? `${[...state.slots.values()].filter((s) => s.state !== 'free').length}/${state.limit} · ${state.business.name} · ` : '') + 'Ringmaster';
});
addEventListener('online', () => { stream.tries = 0; });
setTimeout(operatorNews, 100);
follow();
