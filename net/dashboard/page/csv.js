// A CSV file: what is in it, which rows are wrong and why, and then in with it.
import { h, own, phone } from './dom.js';
import { number } from './format.js';
import { ask, inside, once } from './requests.js';
import { draw, link, mayAct, notice, state } from './state.js';
import { startDialog } from './start.js';
import { named, t, told } from './words.js';

const LISTED = 100; // wrong rows that are shown
const DOUBLED = /^the same (number|external_id|lead) as row/;
const file = { chosen: null, seen: null, problem: '', reading: false, over: false, busy: false };
const forget = () => {
  Object.assign(file, { chosen: null, seen: null, problem: '', busy: false });
  draw();
};

async function look(chosen) {
  if (!chosen) return;
  Object.assign(file, { chosen, seen: null, problem: '', reading: true });
  draw();
  try {
    file.seen = await ask('POST', inside('/leads/preview'), chosen, { 'Content-Type': 'text/csv' });
  } catch (e) {
    file.problem = e.message;
  }
  if (file.seen) file.seen.errors.sort((a, b) => a.row - b.row);
  file.reading = false;
  draw();
}

async function bringIn(thenStart) {
  file.busy = true;
  draw();
  try {
    const done = await ask('POST', inside('/leads'), file.chosen, { 'Content-Type': 'text/csv', ...once() });
    state.lists = {};
    notice(t('imported', { n: number(done.imported + done.updated) }));
    const name = file.chosen.name.replace(/\.csv$/i, '');
    const sample = file.seen.sample[0];
    forget();
    location.hash = link('leads');
    if (thenStart) {
      const selection = async () => ({ lead_ids: done.lead_ids });
      // Behind the change of the address, which closes dialogs.
      setTimeout(() => startDialog({ count: done.lead_ids.length, name, sample, selection }), 50);
    }
  } catch (e) {
    file.problem = e.message;
    file.busy = false;
  }
  draw();
}

export const importView = () => h('div.narrow', { key: 'import' }, importCard());

export function importCard() {
  if (file.seen) return preview(file.seen);
  return h(
    'section.card',
    { key: 'choose' },
    h(
      'header',
      h('a.back', { href: link('leads'), 'aria-label': t('back_to') }, '‹'),
      h('h2', t('import_csv')),
    ),
    dropPlace(),
    file.problem &&
      h(
        'p.bad',
        { key: 'problem', role: 'alert' },
        file.chosen && own(file.chosen.name),
        ': ',
        own(file.problem),
      ),
  );
}

function dropPlace() {
  const over = (is) => (e) => {
    e.preventDefault();
    if (file.over === is) return;
    file.over = is;
    draw();
  };
  const drop = (e) => {
    over(false)(e);
    look(e.dataTransfer.files[0]);
  };
  const choose = (e) => {
    look(e.target.files[0]);
    e.target.value = ''; // the same file can be chosen again, mended
  };
  return h(
    'label.drop',
    { class: file.over ? 'over' : '', ondragover: over(true), ondragleave: over(false), ondrop: drop },
    h(
      'svg.icon',
      { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
      h('path', { d: 'M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3' }),
    ),
    h('b', file.reading ? t('reading') : t('drop')),
    h('span.button', t('or_choose')),
    h('span.quiet', t('drop_hint')),
    h('input.unseen', {
      type: 'file',
      accept: '.csv,text/csv',
      'aria-label': t('choose'),
      disabled: !mayAct(),
      onchange: choose,
    }),
  );
}

function preview(seen) {
  const called = seen.imported + seen.updated;
  const doubled = seen.errors.filter((e) => DOUBLED.test(e.message)).length;
  const counts = [
    ['fresh', seen.imported],
    ['known', seen.updated],
    ['wrong_rows', seen.skipped],
    ['doubled', doubled],
    ['would_call', called],
  ];
  return h(
    'section.card.preview',
    { key: 'preview' },
    h(
      'header',
      h('h1', t('preview')),
      h('span.quiet', own(file.chosen.name)),
      h('button.link', { onclick: forget }, t('another_file')),
    ),
    h(
      'dl.counts.boxes',
      counts.map(([word, n]) =>
        h('div', { key: word, class: word, 'data-count': word }, h('dt', t(word)), h('dd.num', number(n))),
      ),
    ),
    h('h3', t('columns')),
    h('ul.columns', seen.columns.map(column)),
    seen.errors.length > 0 && wrongRows(seen),
    seen.sample.length > 0 && firstRows(seen.sample),
    file.problem && h('p.bad', { key: 'problem', role: 'alert' }, own(file.problem)),
    h(
      'footer.actions',
      { key: 'footer' },
      h('button.button', { onclick: forget }, t('cancel')),
      h('button.button', { disabled: file.busy || !called, onclick: () => bringIn(false) }, t('import_only')),
      h(
        'button.button.primary',
        { disabled: file.busy || !called, onclick: () => bringIn(true) },
        t(file.busy ? 'importing' : 'import_start'),
      ),
    ),
  );
}

function column(c, i) {
  return h(
    'li',
    { key: i, class: c.field ? '' : 'unused' },
    h('b', own(c.header)),
    h('span', { 'aria-hidden': 'true' }, '→'),
    h('span', c.field ? t('column_' + c.field) : t('ignored')),
  );
}

function wrongRows(seen) {
  const left = seen.error_count - Math.min(LISTED, seen.errors.length);
  const one = (e, i) => h('li', { key: i }, h('b.num', t('row', { n: number(e.row) })), own(told(e.message)));
  return h(
    'div',
    { key: 'wrong' },
    h('h3', t('wrong_rows')),
    h(
      'ul.errors',
      { tabindex: 0, 'aria-label': t('wrong_rows') },
      seen.errors.slice(0, LISTED).map(one),
      left > 0 && h('li', { key: 'more' }, t('more_errors', { n: number(left) })),
    ),
  );
}

function firstRows(rows) {
  const one = (r) =>
    h(
      'li',
      { key: r.row },
      own(named(r) || t('nothing')),
      phone(r.phone_e164),
      h('span.quiet', own(r.external_id)),
    );
  return h('div', { key: 'sample' }, h('h3', t('sample')), h('ul.plain.sample', rows.map(one)));
}
