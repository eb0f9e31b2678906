// Tables of any length: rows of one height, of which only those in sight exist.
import { h } from './dom.js';
import { draw } from './state.js';
import { t } from './words.js';

const ROW = 46; // px
const AROUND = 12; // rows beyond the edges
// Browsers end an element at some 30 million pixels; no list of a business comes near.
const boxes = {};

/** Back to the top, with the next drawing. */
export const toTop = (id) => delete boxes[id];
export const isAtTop = (id) => !boxes[id] || boxes[id].top < ROW * 4;

/** `list.at(i)` gives item i or nothing yet; `row(item)` its cells; `columns` are words. */
export function table({ id, name, label, columns, list, count, row, mark, empty }) {
  const total = count === undefined ? list.count : count;
  if (!total) return h('div.empty', list.loading ? t('loading') : list.failed || empty);
  const box = (boxes[id] ??= { top: 0, room: 700 });
  const first = Math.max(0, Math.floor(box.top / ROW) - AROUND);
  const end = Math.min(total, Math.ceil((box.top + box.room) / ROW) + AROUND);
  box.drawn = box.top;
  const seen = [];
  for (let i = first; i < end; i++) seen.push(one(list.at(i), i, row, mark));
  const head = columns.map((c, i) => h('span', { key: i, role: 'columnheader' }, c && t(c)));
  return h(
    'div.table',
    { key: id, class: name, role: 'table', 'aria-label': label, 'aria-rowcount': total + 1 },
    h('div.tr.head', { role: 'row', 'aria-rowindex': 1 }, head),
    h(
      'div.rows',
      {
        role: 'rowgroup',
        tabindex: 0,
        'aria-label': label,
        made: (el) => place(el, box),
        onscroll: (e) => scrolled(e.currentTarget, box),
      },
      h(
        'div.rows-all',
        { role: 'presentation', style: { height: total * ROW + 'px' } },
        h(
          'div.rows-seen',
          { role: 'presentation', style: { transform: `translateY(${first * ROW}px)` } },
          seen,
        ),
      ),
    ),
  );
}

function one(item, i, row, mark) {
  if (!item) return h('div.tr.ghost', { key: 'ghost' + i, role: 'row' }, h('span', { role: 'cell' }, h('i')));
  const cells = row(item, i).map((cell, n) => h('span', { key: n, role: 'cell' }, cell));
  const key = item.id ?? `${item.job_id}-${item.attempt}`;
  const props = { key, role: 'row', 'aria-rowindex': i + 2, class: (mark && mark(item)) || '' };
  return h('div.tr', props, cells);
}

function place(el, box) {
  requestAnimationFrame(() => {
    box.room = el.clientHeight || 700;
    el.scrollTop = box.top;
  });
}

/** Drawn anew only when half of the rows beyond the edge have been used up. */
function scrolled(el, box) {
  box.top = el.scrollTop;
  box.room = el.clientHeight;
  if (Math.abs(box.top - box.drawn) > (ROW * AROUND) / 2) draw();
}
