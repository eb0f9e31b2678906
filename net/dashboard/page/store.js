// What the page shows, all of it from the server, and the way there: requests with the key, the
// stream of events, lists read page by page. The key lives in sessionStorage: this tab only.

export const state = {
  me: null, business: null, view: 'live', id: null, lang: 'en', theme: 'auto', clock: 0,
  link: 'closed', // closed, opening, open, lost
  trouble: '', slots: null, runs: new Map(), pulse: null, bars: [], recent: [], lists: {},
  dialog: null, busy: false, notice: null,
};

let drawn = () => {};
let asked = false;
export function onDraw(f) { drawn = f; }
export function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; drawn(); });
}
export const now = () => Date.now() + state.clock;

export const key = {
  get: () => sessionStorage.getItem('key') || '',
  set: (k) => (k ? sessionStorage.setItem('key', k) : sessionStorage.removeItem('key')),
};

export class Refused extends Error {
  constructor(status, error) { super(error.message); this.status = status; this.code = error.code; this.field = error.field; }
}

export async function ask(method, path, body, headers = {}) {
  const options = { method, headers: { Authorization: 'Bearer ' + key.get(), ...headers }, cache: 'no-store' };
  if (body !== undefined) {
    const plain = typeof body === 'string' || body instanceof Blob;
    options.body = plain ? body : JSON.stringify(body);
    options.headers['Content-Type'] = headers['Content-Type'] || 'application/json';
  }
  let answer;
  try {
    answer = await fetch('/api/v1' + path, options);
  } catch (e) {
    throw new Refused(0, { code: 'unreachable', message: 'The server does not answer.' });
  }
  if (headers.Accept === 'text/csv' && answer.ok) return answer.blob();
  const text = await answer.text();
  let content = null;
  try { content = text ? JSON.parse(text) : null; } catch (e) { content = null; }
  if (!answer.ok) {
    if (answer.status === 401 && state.me) signOut();
    throw new Refused(answer.status, (content && content.error) || { code: 'unknown', message: 'HTTP ' + answer.status });
  }
  return content;
}
export const inside = (rest) => `/businesses/${state.business.id}${rest}`;
export function once() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('') };
}

export function signOut() {
  key.set('');
  stream.close();
  state.me = null;
  state.business = null;
  location.hash = '';
  draw();
}

/** A list that grows as it is looked at. `path` without limit and cursor. */
export class Pages {
  constructor(path, size = 200) {
    this.path = path; this.size = size; this.items = []; this.cursor = ''; this.total = null;
    this.loading = false; this.failed = ''; this.wanted = size; this.fresh = 0;
    this.more();
  }
  get ended() { return this.cursor === null; }
  want(upto) { if (upto > this.wanted) { this.wanted = upto; this.more(); } }
  async more() {
    if (this.loading || this.ended) return;
    this.loading = true;
    try {
      while (!this.ended && this.items.length < this.wanted) {
        const left = this.wanted - this.items.length;
        const mark = this.path.includes('?') ? '&' : '?';
        const first = this.cursor === '' && this.path.includes('/leads') ? '&count=true' : '';
        const page = await ask('GET', `${this.path}${mark}limit=${left > 400 ? 1000 : this.size}${first}` +
          (this.cursor ? '&cursor=' + encodeURIComponent(this.cursor) : ''));
        this.items.push(...page.items);
        if (page.total !== undefined) this.total = page.total;
        this.cursor = page.next_cursor;
        this.failed = '';
        draw();
      }
    } catch (e) { this.failed = e.message; }
    this.loading = false;
    draw();
  }
  /** The first pages anew, without a flicker. */
  async again() {
    if (this.loading) { this.stale = true; return; }
    const next = new Pages(this.path, Math.min(1000, Math.max(this.size, this.items.length)));
    await next.done();
    if (!next.failed) { this.items = next.items; this.cursor = next.cursor; if (next.total !== null) this.total = next.total; }
    draw();
  }
  async done() { while (this.loading) await new Promise((r) => setTimeout(r, 15)); }
}

export function list(name, path, size) {
  const known = state.lists[name];
  if (known && known.path === path) return known;
  return (state.lists[name] = new Pages(path, size));
}

// -- the stream ------------------------------------------------------------------------------------

const QUIET_MS = 25000; // the server is heard of every ten seconds

export const stream = {
  last: '', stop: null, wanted: false, tries: 0, heard: new Map(),

  on(name, f) { this.heard.set(name, f); },
  open() {
    this.wanted = true;
    if (!this.stop) this.run();
  },
  close() {
    this.wanted = false;
    this.last = '';
    if (this.stop) this.stop.abort();
    state.link = 'closed';
  },
  async run() {
    while (this.wanted && state.business) {
      this.stop = new AbortController();
      let ended = false;
      try { ended = await this.listen(this.stop.signal); } catch (e) {
        if (e instanceof Refused && (e.status === 401 || e.status === 404)) { signOut(); break; }
      }
      if (!this.wanted) break;
      if (ended) continue; // the server asks us to come again
      state.link = 'lost';
      draw();
      const wait = Math.min(5000, 300 * 2 ** this.tries++) * (0.7 + Math.random() * 0.6);
      await new Promise((r) => setTimeout(r, wait));
    }
    this.stop = null;
  },
  async listen(signal) {
    const headers = { Authorization: 'Bearer ' + key.get() };
    if (this.last) headers['Last-Event-ID'] = this.last;
    if (state.link !== 'open') state.link = state.link === 'lost' ? 'lost' : 'opening';
    const answer = await fetch('/api/v1' + inside('/events'), { headers, signal, cache: 'no-store' });
    if (!answer.ok) throw new Refused(answer.status, { code: '', message: '' });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = '';
    let alarm;
    const watch = () => { clearTimeout(alarm); alarm = setTimeout(() => reader.cancel('quiet'), QUIET_MS); };
    watch();
    let got = false;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return got;
        watch();
        got = true;
        this.tries = 0;
        if (state.link !== 'open') { state.link = 'open'; draw(); }
        const parts = (kept + value).split('\n\n');
        kept = parts.pop();
        for (const part of parts) this.take(part);
      }
    } finally { clearTimeout(alarm); }
  },
  take(part) {
    let name = '', data = '', id = '';
    for (const line of part.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice(7);
      else if (line.startsWith('data: ')) data = line.slice(6);
      else if (line.startsWith('id: ')) id = line.slice(4);
    }
    const f = this.heard.get(name);
    if (f && data) f(JSON.parse(data));
    if (id) this.last = id;
    draw();
  },
};

// A tab that nobody sees listens to nothing: browsers allow few connections to one server.
let hidden;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hidden);
  if (document.visibilityState === 'hidden') {
    hidden = setTimeout(() => { if (stream.stop && stream.wanted) { stream.close(); stream.parked = true; } }, 20000);
  } else if (stream.parked) {
    stream.parked = false;
    if (state.business) stream.open();
  }
});
