// What is around every view: signing in, the head with its tabs, dialogs and notices.
import { callCard } from './call_card.js';
import { h, own, phone } from './dom.js';
import { isElsewhere, minute } from './format.js';
import { draw, link, now, state } from './state.js';
import { t } from './words.js';

const ICONS = {
  live: 'M3 7h10M3 12h16M3 17h7',
  leads:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5m1.5 3.5A6 6 0 0 1 21 20',
  runs: 'M8 5v14l11-7L8 5Z',
  history: 'M12 7v5l3 2m6-2a9 9 0 1 1-3-6.7M21 3v4h-4',
  operator: 'M4 20V10m5 10V4m5 16v-7m5 7V8',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  out: 'M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4m-9-8h10M9 8l-4 4 4 4',
};
const icon = (name) =>
  h(
    'svg.icon',
    { viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'icon-' + name },
    h('path', { d: ICONS[name] }),
  );
const ring = (cx, cy) => h('circle', { cx, cy, r: 5.2 });
const logo = () =>
  h(
    'svg.logo',
    { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    h('rect', { width: 32, height: 32, rx: 9 }),
    ring(11.4, 18.5),
    ring(20.6, 18.5),
    ring(16, 11.2),
  );

// -- language and light: of this browser, not of the key ---------------------------------------------

state.lang = localStorage.getItem('lang') || (navigator.language.startsWith('he') ? 'he' : 'en');
state.theme = localStorage.getItem('theme') || 'auto';

function dress() {
  const page = document.documentElement;
  page.lang = state.lang;
  page.dir = state.lang === 'he' ? 'rtl' : 'ltr';
  if (state.theme === 'auto') delete page.dataset.theme;
  else page.dataset.theme = state.theme;
}
dress();

function choose(what, value) {
  state[what] = value;
  localStorage.setItem(what, value);
  dress();
  draw();
}
const isDark = () =>
  state.theme === 'dark' || (state.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);

function switches() {
  const other = state.lang === 'he' ? 'en' : 'he';
  return [
    h(
      'button.link',
      { key: 'lang', type: 'button', lang: other, onclick: () => choose('lang', other) },
      t('language'),
    ),
    h(
      'button.link.round',
      {
        key: 'theme',
        type: 'button',
        'aria-label': t('theme'),
        title: t('theme'),
        onclick: () => choose('theme', isDark() ? 'light' : 'dark'),
      },
      icon(isDark() ? 'sun' : 'moon'),
    ),
  ];
}

// -- signing in ---------------------------------------------------------------------------------------

/** `enter` is given the key that was typed. */
export function signIn(enter) {
  const submit = (e) => {
    e.preventDefault();
    enter(new FormData(e.target).get('key').trim());
  };
  return h(
    'main.sign-in',
    { key: 'sign in' },
    h(
      'form.card.form',
      { onsubmit: submit },
      logo(),
      h('h1', 'Ringmaster'),
      h('p.quiet', t('tagline')),
      h(
        'label',
        t('key'),
        h('input', {
          name: 'key',
          type: 'password',
          autocomplete: 'off',
          required: true,
          dir: 'ltr',
          autofocus: true,
        }),
      ),
      state.signInProblem && h('p.bad', { key: 'problem', role: 'alert' }, state.signInProblem),
      h('button.button.primary', { type: 'submit' }, t('sign_in')),
      h('small.quiet', t('key_hint')),
      h('div.corner', switches()),
    ),
  );
}

export const boot = () =>
  h(
    'p.boot',
    { key: 'boot', role: 'status' },
    logo(),
    h('span', state.link === 'lost' ? t('lost') : t('opening')),
  );

// -- the head -----------------------------------------------------------------------------------------

export function frame(view, signOut) {
  const b = state.business;
  return h(
    'div.frame',
    { key: 'frame' },
    h('a.skip', { href: '#content', onclick: toContent }, t('skip')),
    h(
      'header.top',
      h(
        'a.brand',
        { 'aria-label': 'Ringmaster', href: b && !state.me.admin ? link('live') : '#/' },
        logo(),
        h('b', 'Ringmaster'),
      ),
      b && where(b),
      h('nav.tabs', { 'aria-label': t('view') }, tabs(b)),
      h(
        'div.side',
        b && linkState(),
        switches(),
        h(
          'button.link.round',
          { key: 'out', 'aria-label': t('sign_out'), title: t('sign_out'), onclick: signOut },
          icon('out'),
        ),
      ),
    ),
    state.link === 'lost' && h('p.banner', { key: 'lost', role: 'alert' }, t('lost')),
    b &&
      state.trouble &&
      state.link === 'open' &&
      h('p.banner', { key: 'trouble', role: 'alert' }, own(state.trouble)),
    h('main', { id: 'content', tabindex: -1 }, view),
  );
}

function toContent(e) {
  e.preventDefault();
  document.getElementById('content').focus();
}

function where(b) {
  return h(
    'span.where',
    { key: 'where' },
    h('b', own(b.name)),
    h(
      'small.quiet',
      phone(b.phone_e164),
      isElsewhere() &&
        h('span.there', { key: 'time', title: b.time_zone }, ' · ', t('their_time', { t: minute(now()) })),
    ),
  );
}

function tabs(b) {
  const one = (name, href, current, word = name) =>
    h('a', { key: name, href, 'aria-current': current ? 'page' : null }, icon(name), h('span', t(word)));
  const current = state.view === 'start' ? 'runs' : state.view;
  return [
    state.me.admin && one('operator', '#/', !b, b ? 'businesses' : 'operator'),
    ...(b ? ['live', 'leads', 'runs', 'history'].map((name) => one(name, link(name), current === name)) : []),
  ];
}

const linkState = () =>
  h(
    'span.link-state',
    { key: 'link', class: state.link, role: 'status' },
    h('i'),
    h('span', state.link === 'open' ? t('connected') : t('opening')),
  );

// -- over everything ------------------------------------------------------------------------------------

let cameFrom = null; // what had the focus before the dialog

function dialog(d) {
  const shut = () => {
    if (state.dialog !== d) return;
    state.dialog = null;
    draw();
  };
  const outside = (e) => {
    if (e.target === e.currentTarget) shut();
  };
  const made = (el) =>
    requestAnimationFrame(() => {
      if (!el.isConnected) return;
      cameFrom = document.activeElement;
      el.showModal();
    });
  return h(
    'dialog',
    {
      key: 'dialog',
      class: d.kind,
      'aria-label': d.title,
      made,
      oncancel: shut,
      onclose: shut,
      onclick: outside,
    },
    h(
      'div.sheet',
      h('header', h('h2', d.title), h('button.link.round', { 'aria-label': t('close'), onclick: shut }, '✕')),
      h('div', d.body()),
      h(
        'footer.actions',
        h('button.button', { autofocus: true, onclick: shut }, t(d.actions ? 'cancel' : 'close')),
        d.actions && d.actions(),
      ),
    ),
  );
}

/** However the dialog was closed, the focus goes back to where it was. */
function returnFocus() {
  const to = cameFrom;
  cameFrom = null;
  requestAnimationFrame(() => {
    const place = to.isConnected ? to : document.getElementById('content');
    if (place) place.focus({ preventScroll: true });
  });
}

export function over() {
  if (cameFrom && !state.dialog) returnFocus();
  return [
    state.dialog && dialog(state.dialog),
    state.card && callCard(),
    state.notice &&
      h('div.notice', { key: 'notice', class: state.notice.bad ? 'bad' : '' }, own(state.notice.text)),
  ];
}
