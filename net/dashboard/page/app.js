// The way through the page: what is shown follows from the address (#/b/7/runs/3), the key, and what the
// server says.
import './present.js';
import { patch } from './dom.js';
import { boot, frame, over, signIn } from './frame.js';
import { historyView } from './history.js';
import { forgetPicks, leadsView } from './leads.js';
import { liveView } from './live.js';
import { operatorNews, operatorView } from './operator.js';
import { ask, key, onUnknownKey } from './requests.js';
import { runsView } from './runs.js';
import { startView } from './start.js';
import { draw, fail, onDraw, state } from './state.js';
import { stream } from './stream.js';
import { t } from './words.js';

const VIEWS = { live: liveView, leads: leadsView, runs: runsView, history: historyView, start: startView };
const AGAIN_MS = 1500;

function signOut() {
  key.set('');
  stream.close();
  Object.assign(state, { me: null, business: null, overview: null, dialog: null, card: null, lists: {} });
  location.hash = '';
  draw();
}
onUnknownKey(signOut);

function enterWith(typed) {
  state.signInProblem = '';
  key.set(typed);
  follow();
}

async function whoAsks() {
  try {
    state.me ??= await ask('GET', '/me');
    return true;
  } catch (e) {
    if (e.status === 401) {
      key.set('');
      state.signInProblem = t('wrong_key');
    } else {
      state.link = 'lost';
      setTimeout(follow, AGAIN_MS);
    }
    draw();
    return false;
  }
}

/** Brings the state to the address. */
async function follow() {
  if (!key.get()) {
    state.me = null;
    return draw();
  }
  if (!(await whoAsks())) return;
  const [, business, view, id] = location.hash.match(/^#\/b\/(\d+)(?:\/(\w+))?(?:\/(\w+))?/) || [];
  if (!business && !state.me.admin) {
    location.replace(`#/b/${state.me.business.id}/live`);
    return;
  }
  if (business && (!state.business || state.business.id !== Number(business))) await enter(Number(business));
  if (!business) {
    stream.close();
    Object.assign(state, { business: null, view: 'operator' });
  } else if (state.view !== (view || 'live') || state.id !== (id || null)) {
    Object.assign(state, { view: view || 'live', id: id || null });
    scrollTo(0, 0);
  }
  Object.assign(state, { dialog: null, card: null });
  draw();
}

async function enter(id) {
  stream.close();
  forgetPicks();
  Object.assign(state, {
    slots: null,
    runs: new Map(),
    ended: [],
    lists: {},
    pulse: null,
    trouble: '',
    link: 'opening',
  });
  try {
    state.business = await ask('GET', `/businesses/${id}`);
  } catch (e) {
    fail(e);
    state.business = null;
    location.hash = '';
    return;
  }
  await new Promise((r) => setTimeout(r)); // what was open has let go
  stream.open(signOut);
}

function title() {
  const b = state.business;
  if (!b || !state.slots) return 'Ringmaster';
  const active = [...state.slots.values()].filter((s) => s.state !== 'free').length;
  return `${active}/${state.limit} · ${b.name} · Ringmaster`;
}

onDraw(() => {
  const view = () => (state.business ? VIEWS[state.view] || liveView : operatorView)();
  const arrived = state.me && (state.business || state.view === 'operator');
  const page = arrived ? frame(view(), signOut) : key.get() ? boot() : signIn(enterWith);
  patch(document.getElementById('app'), [page, ...over()]);
  document.title = title();
});
addEventListener('hashchange', follow);
setTimeout(operatorNews, 100);
follow();
