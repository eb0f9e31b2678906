// Starting a run: whom to call, and with what name, pace and words.
import { h, own } from './dom.js';
import { number } from './format.js';
import { Anywhere, list } from './lists.js';
import { ask, inside, once } from './requests.js';
import { importCard } from './csv.js';
import { draw, link, mayAct, notice, state } from './state.js';
import { named, t } from './words.js';

const LANGUAGES = [
  ['en-US', 'English'],
  ['en-GB', 'English (UK)'],
  ['he-IL', 'עברית'],
  ['ar-XA', 'العربية'],
  ['ru-RU', 'Русский'],
  ['es-ES', 'Español'],
  ['fr-FR', 'Français'],
  ['de-DE', 'Deutsch'],
];

const PEOPLE =
  'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5m1.5 3.5A6 6 0 0 1 21 20';

/** Where "Start a run" leads: pick from the leads, or bring a file. */
export function startView() {
  const leads = list('all leads', inside('/leads'), (path) => new Anywhere(path));
  const n = number(leads.count);
  const all = () =>
    startDialog({ count: leads.count, selection: async () => ({ all: true }), sample: leads.at(0) });
  const people = h('svg.icon', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('path', { d: PEOPLE }));
  return h(
    'div.two.start',
    { key: 'start' },
    h(
      'section.card',
      h(
        'header',
        h('a.back', { href: link('runs'), 'aria-label': t('back_to') }, '‹'),
        h('h1', t('from_leads')),
      ),
      h(
        'div.way',
        people,
        h('b', t('leads_are_here', { n })),
        h('span.quiet', t('from_leads_hint')),
        h(
          'div.actions',
          h('button.button', { disabled: !leads.count || !mayAct(), onclick: all }, t('call_all', { n })),
          h('a.button.primary', { href: link('leads') }, t('pick')),
        ),
      ),
    ),
    importCard(),
  );
}

/** Asks for name, calls at once and script; then starts. `selection(progress)` tells whom, as POST /runs
 *  takes it; `sample` is one of the leads; `done` is called when the run has started. */
export function startDialog({ count, selection, name = '', sample, done }) {
  const business = state.business;
  const form = {
    name,
    count,
    sample,
    concurrency: Math.min(3, business.max_outbound_calls),
    own: !business.default_script,
    text: '',
    language: state.lang === 'he' ? 'he-IL' : 'en-US',
    key: once(),
  };
  const start = async () => {
    if (form.busy) return;
    form.busy = true;
    form.problem = '';
    draw();
    try {
      const whom = await selection((n) => {
        form.collected = n;
        draw();
      });
      const made = await ask('POST', inside('/runs'), { ...whom, ...ordersOf(form) }, form.key);
      state.dialog = null;
      if (done) done();
      const left = made.skipped_count ? ' ' + t('skipped', { n: number(made.skipped_count) }) : '';
      notice(t('started', { n: made.run_id }) + left);
      location.hash = link('runs', made.run_id);
    } catch (e) {
      form.problem = e.message;
      // Whoever was not answered may ask again for the same; what was refused is another request.
      if (e.status) form.key = once();
    }
    form.busy = false;
    draw();
  };
  state.dialog = {
    title: t('start_run'),
    body: () => fields(form, start),
    actions: () =>
      h(
        'button.button.primary',
        { key: 'start', type: 'submit', form: 'start-form', disabled: form.busy },
        form.busy && form.collected ? t('collecting', { n: number(form.collected) }) : t('start'),
      ),
  };
  draw();
}

function ordersOf(form) {
  const say = { text: form.text, language: form.language };
  return {
    concurrency: Number(form.concurrency),
    ...(form.name.trim() && { name: form.name.trim() }),
    ...(form.own && { script: { say } }),
  };
}

function fields(form, start) {
  const set = (name, again) => (e) => {
    form[name] = e.target.value;
    if (again) draw();
  };
  const submit = (e) => {
    e.preventDefault();
    start();
  };
  const lines = state.business.max_outbound_calls;
  return h(
    'form.form',
    { id: 'start-form', onsubmit: submit },
    h('p.lead-count', t('to_call', { n: number(form.count) })),
    h(
      'label',
      t('run_name'),
      h('input', {
        name: 'name',
        autofocus: true,
        dir: 'auto',
        maxlength: 200,
        value: form.name,
        placeholder: t('run_name_hint'),
        oninput: set('name'),
      }),
    ),
    h(
      'label',
      t('concurrency'),
      h(
        'span.with-unit',
        h('input', {
          name: 'concurrency',
          type: 'number',
          min: 1,
          max: 100,
          required: true,
          value: String(form.concurrency),
          oninput: set('concurrency'),
        }),
        h('small.quiet', t('concurrency_hint', { n: number(lines) })),
      ),
    ),
    h(
      'label',
      t('script'),
      h(
        'select',
        {
          name: 'script',
          value: form.own ? 'own' : 'default',
          onchange: (e) => {
            form.own = e.target.value === 'own';
            draw();
          },
        },
        state.business.default_script &&
          h('option', { key: 'default', value: 'default' }, t('script_default')),
        h('option', { key: 'own', value: 'own' }, t('script_own')),
      ),
    ),
    form.own
      ? ownWords(form, set)
      : h('blockquote', { key: 'said' }, spoken(state.business.default_script, form.sample)),
    form.problem && h('p.bad', { key: 'problem', role: 'alert' }, own(form.problem)),
  );
}

function ownWords(form, set) {
  return h(
    'div.form',
    { key: 'own words' },
    h(
      'label',
      t('script_text'),
      h('textarea', {
        name: 'text',
        dir: 'auto',
        rows: 3,
        required: true,
        value: form.text,
        oninput: set('text', true),
      }),
      h('small.quiet', t('script_hint')),
    ),
    h(
      'label',
      t('script_language'),
      h(
        'select',
        { name: 'language', value: form.language, onchange: set('language') },
        LANGUAGES.map(([code, name]) => h('option', { key: code, value: code }, name)),
      ),
    ),
    form.text && h('blockquote', { key: 'said' }, spoken({ say: { text: form.text } }, form.sample)),
  );
}

/** What the called one will hear. */
function spoken(script, sample) {
  const lead = sample || { first_name: 'Ada', last_name: 'Lovelace' };
  const filled = { first_name: lead.first_name, last_name: lead.last_name, name: named(lead) };
  if (!script) return '';
  if (script.say)
    return own(`“${script.say.text.replace(/\{(\w+)\}/g, (all, word) => filled[word] ?? all)}”`);
  if (script.play) return t('script_play', { what: script.play.url });
  if (script.stream) return t('script_stream', { what: script.stream.url });
  if (script.dial) return t('script_dial', { what: script.dial.number });
  return t('script_twiml_url', { what: script.twiml_url });
}
