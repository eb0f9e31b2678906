// The stream of events: fetch with the key's header (EventSource can send none), resumed by
// Last-Event-ID, and come back to whenever it breaks.
import { inside, key, Refused } from './requests.js';
import { draw, state } from './state.js';

const QUIET_MS = 25000; // the server is heard of every ten seconds
const LONGEST_WAIT_MS = 5000;
const HIDDEN_MS = 20000;

const heard = new Map();
/** `f` is given what the server says under that name, after those who asked for it before. */
export const onEvent = (name, f) => heard.set(name, [...(heard.get(name) || []), f]);

let last = '';
let wanted = false;
let under = null; // the AbortController of what is open
let tries = 0;
let parked = false;
let refused = () => {};

export const stream = {
  open(whenRefused) {
    wanted = true;
    if (whenRefused) refused = whenRefused;
    if (!under) run();
  },
  close() {
    wanted = false;
    last = '';
    if (under) under.abort();
    state.link = 'closed';
  },
};

async function run() {
  while (wanted && state.business) {
    under = new AbortController();
    let ended = false;
    try {
      ended = await listen(under.signal);
    } catch (e) {
      if (e instanceof Refused && (e.status === 401 || e.status === 404)) {
        refused();
        break;
      }
    }
    if (!wanted) break;
    if (ended) continue; // the server asks us to come again
    state.link = 'lost';
    draw();
    const wait = Math.min(LONGEST_WAIT_MS, 300 * 2 ** tries++) * (0.7 + Math.random() * 0.6);
    await new Promise((r) => setTimeout(r, wait));
  }
  under = null;
}

/** Reads one stream to its end; true when the server ended it as it does from time to time. */
async function listen(signal) {
  const headers = key.header();
  if (last) headers['Last-Event-ID'] = last;
  if (state.link === 'closed') state.link = 'opening';
  const answer = await fetch('/api/v1' + inside('/events'), { headers, signal, cache: 'no-store' });
  if (!answer.ok) throw new Refused(answer.status);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = '';
  let got = false;
  let alarm;
  const watch = () => {
    clearTimeout(alarm);
    alarm = setTimeout(() => reader.cancel('quiet'), QUIET_MS);
  };
  try {
    for (;;) {
      watch();
      const { value, done } = await reader.read();
      if (done) return got;
      got = true;
      tries = 0;
      state.link = 'open';
      const parts = (kept + value).split('\n\n');
      kept = parts.pop();
      parts.forEach(take);
      draw();
    }
  } finally {
    clearTimeout(alarm);
  }
}

function take(text) {
  const field = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) field[line.slice(0, colon)] = line.slice(colon + 2);
  }
  if (field.data && heard.has(field.event)) {
    const said = JSON.parse(field.data);
    for (const f of heard.get(field.event)) f(said);
  }
  if (field.id) last = field.id;
}

// A tab that nobody sees listens to nothing: browsers allow few connections to one server.
let hiding;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.visibilityState === 'hidden') {
    hiding = setTimeout(() => {
      if (!under || !wanted) return;
      stream.close();
      parked = true;
    }, HIDDEN_MS);
  } else if (parked) {
    parked = false;
    if (state.business) stream.open();
  }
});
addEventListener('online', () => (tries = 0));
