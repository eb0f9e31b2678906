// Lists of any length, read as they are looked at: from the beginning on (Pages), or anywhere (Anywhere).
import { ask } from './requests.js';
import { draw, state } from './state.js';

const withQuery = (path, query) => `${path}${path.includes('?') ? '&' : '?'}${query}`;

/** A list that grows as one scrolls down. */
export class Pages {
  constructor(path, size = 200) {
    Object.assign(this, { path, size, items: [], cursor: '', loading: false, failed: '', wanted: size });
    this.more();
  }
  get ended() {
    return this.cursor === null;
  }
  /** Rows to make room for: those that are here, and some that are still to come. */
  get count() {
    return this.items.length + (this.ended ? 0 : 30);
  }
  at(i) {
    if (i + 60 > this.wanted && !this.ended) {
      this.wanted = i + 60;
      this.more();
    }
    return this.items[i];
  }
  page(cursor) {
    const more = cursor ? '&cursor=' + encodeURIComponent(cursor) : '';
    return ask('GET', withQuery(this.path, `limit=${this.size}${more}`));
  }
  async more() {
    if (this.loading || this.ended) return;
    this.loading = true;
    try {
      while (!this.ended && this.items.length < this.wanted) {
        const page = await this.page(this.cursor);
        this.items.push(...page.items);
        this.cursor = page.next_cursor;
        this.failed = '';
        draw();
      }
    } catch (e) {
      this.failed = e.message;
    }
    this.loading = false;
    draw();
  }
  /** The first page anew; what was read behind it is forgotten, so only while the top is looked at. */
  async again() {
    if (this.loading) return;
    this.loading = true;
    try {
      const page = await this.page('');
      Object.assign(this, { items: page.items, cursor: page.next_cursor, wanted: this.size });
    } catch (e) {
      this.failed = e.message;
    }
    this.loading = false;
    draw();
  }
}

const NOT_YET_MS = 1000;
const AT_ONCE = 2; // requests of one list under way

/** A list whose length is known and that can be opened at any place: pieces are read where one looks.
 *  `count()` tells the length; null asks the server for it. */
export class Anywhere {
  constructor(path, count = null, size = 200) {
    Object.assign(this, { path, size, length: count, total: null, failed: '', asked: 0 });
    this.pieces = new Map(); // number -> {items, stale}
    this.places = new Map(); // id -> [piece, place in it]
    this.wanted = []; // pieces to read; the last asked for is read first
    this.want(0);
  }
  get count() {
    return this.length ? this.length() : this.total || 0;
  }
  get loading() {
    return this.asked > 0 || (this.pieces.size === 0 && !this.failed);
  }
  at(i) {
    const number = Math.floor(i / this.size);
    const piece = this.pieces.get(number);
    const item = piece && piece.items[i % this.size];
    // What is not there yet may be on its way: a large run's jobs are made page by page.
    if (!piece || piece.stale || (!item && Date.now() - piece.at > NOT_YET_MS)) this.want(number);
    return item;
  }
  /** Changes what is known of one item, if it is among those read. */
  change(id, what) {
    const place = this.places.get(id);
    const piece = place && this.pieces.get(place[0]);
    if (piece) Object.assign(piece.items[place[1]], what);
    return piece || null;
  }
  /** All of it anew, where one looks; what is there stays until then. */
  again() {
    for (const piece of this.pieces.values()) piece.stale = true;
    if (!this.length) this.total = null;
    this.want(0);
    draw();
  }
  want(number) {
    this.wanted = this.wanted.filter((n) => n !== number);
    this.wanted.push(number);
    if (this.wanted.length > 4) this.wanted.shift(); // passed by while scrolling
    if (!this.timer) this.timer = setTimeout(() => this.read(), 30);
  }
  async read() {
    this.timer = null;
    while (this.wanted.length && this.asked < AT_ONCE) {
      const number = this.wanted.pop();
      if (this.reading && this.reading.has(number)) continue;
      this.readPiece(number);
    }
  }
  async readPiece(number) {
    this.reading = (this.reading || new Set()).add(number);
    this.asked++;
    const counted = !this.length && this.total === null ? '&count=true' : '';
    try {
      const query = `limit=${this.size}&skip=${number * this.size}${counted}`;
      const page = await ask('GET', withQuery(this.path, query));
      this.pieces.set(number, { items: page.items, stale: false, at: Date.now() });
      const missing = Math.min(this.size, this.count - number * this.size) > page.items.length;
      if (missing) setTimeout(draw, NOT_YET_MS + 50);
      page.items.forEach((item, i) => this.places.set(item.id, [number, i]));
      if (page.total !== undefined) this.total = page.total;
      this.failed = '';
    } catch (e) {
      this.failed = e.message;
      // Not asked again with every drawing, while the server is away.
      await new Promise((r) => setTimeout(r, 2000));
    }
    this.reading.delete(number);
    this.asked--;
    if (this.wanted.length) this.read();
    draw();
  }
}

/** The list of that name, made anew when its path has changed. */
export function list(name, path, make = (p) => new Pages(p)) {
  const known = state.lists[name];
  if (known && known.path === path) return known;
  return (state.lists[name] = make(path));
}
