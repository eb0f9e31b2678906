// Requests with the key, which lives in sessionStorage: this tab only.
import { state } from './state.js';
import { told } from './words.js';

export const key = {
  get: () => sessionStorage.getItem('key') || '',
  set: (k) => (k ? sessionStorage.setItem('key', k) : sessionStorage.removeItem('key')),
  header: () => ({ Authorization: 'Bearer ' + key.get() }),
};

/** What the server, or the way there, said no with. `status` 0: it did not answer. */
export class Refused extends Error {
  constructor(status, error = {}) {
    super(told(error.message || 'HTTP ' + status));
    this.status = status;
    this.code = error.code;
  }
}

let whenUnknown = () => {};
export const onUnknownKey = (f) => (whenUnknown = f);

async function send(method, path, body, headers) {
  const options = { method, headers: { ...key.header(), ...headers }, cache: 'no-store' };
  if (body !== undefined) {
    options.body = typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body);
    options.headers['Content-Type'] ??= 'application/json';
  }
  try {
    return await fetch('/api/v1' + path, options);
  } catch {
    throw new Refused(0, { message: 'The server does not answer.' });
  }
}

/** The answer's JSON; Refused when it is none of success. */
export async function ask(method, path, body, headers = {}) {
  const answer = await send(method, path, body, headers);
  if (headers.Accept === 'text/csv' && answer.ok) return answer.blob();
  const text = await answer.text();
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    content = null;
  }
  if (answer.ok) return content;
  if (answer.status === 401 && state.me) whenUnknown();
  throw new Refused(answer.status, content && content.error);
}

/** A path inside the business that is looked at. */
export const inside = (rest) => `/businesses/${state.business.id}${rest}`;

/** Sent twice, it is done once. */
export function once() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('') };
}

/** Hands the browser a file to keep. */
export function save(blob, name) {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}

/** All pages of a list, one after the other. */
export async function* pages(path) {
  const mark = path.includes('?') ? '&' : '?';
  let cursor = '';
  while (cursor !== null) {
    const more = cursor ? '&cursor=' + encodeURIComponent(cursor) : '';
    const page = await ask('GET', `${path}${mark}limit=1000${more}`);
    yield page.items;
    cursor = page.next_cursor;
  }
}

/** A cell that a spreadsheet takes for text, whatever it begins with. */
export function csvCell(x) {
  let s = x === null || x === undefined ? '' : String(x);
  if (/^[=@\t\r]|^[+-](?!\d+$)/.test(s)) s = "'" + s;
  return /[",\n\r]/.test(s) ? `"${s.replace(/"/g, '""')}"` : s;
}
