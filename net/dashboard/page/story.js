// One call's whole story, from the queue to its end, in a dialog that follows the call while it is open.
import { h, own, phone } from './dom.js';
import { exact, fullDay, lapse, length, number } from './format.js';
import { ask, inside } from './requests.js';
import { draw, now, state } from './state.js';
import { onEvent } from './stream.js';
import { knows, named, t, told } from './words.js';

const AGAIN_MS = 1000; // between two looks at one call
const PICTURE = 'M6 5v14M6 5h.01M6 12h.01M6 19h.01M11 5h9M11 12h9M11 19h9';

/** What opens it, in a row of a table; where there is no room for a word, a picture. */
export const storyButton = (job, row) =>
  h(
    'button.link.to-story',
    {
      key: 'story',
      'aria-label': t('story_of', { name: named(row) || row.phone_e164 }),
      onclick: () => openStory(job),
    },
    h('svg.icon', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('path', { d: PICTURE })),
    h('span', t('story')),
  );

export function openStory(job) {
  const tale = { job, story: null, problem: '', asked: 0, questions: 0, coming: false };
  state.dialog = { kind: 'tall', title: t('story_title'), body: () => tell(tale), tale };
  read(tale);
  draw();
}

// -- reading, and reading on ------------------------------------------------------------------------

const isOpen = (tale) => state.dialog !== null && state.dialog.tale === tale;

async function read(tale) {
  tale.coming = false;
  if (!isOpen(tale)) return;
  tale.asked = Date.now();
  const mine = ++tale.questions;
  let said;
  try {
    said = { story: await ask('GET', inside(`/calls/${tale.job}`)), problem: '' };
  } catch (e) {
    said = { problem: e.message };
  }
  if (mine !== tale.questions || !isOpen(tale)) return; // a later question is under way, or nobody listens
  const list = document.querySelector('.story');
  const isAtEnd = !list || list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  Object.assign(tale, said);
  draw();
  if (isAtEnd && isLive(tale.story)) requestAnimationFrame(toEnd);
}

function toEnd() {
  const list = document.querySelector('.story');
  if (list) list.scrollTop = list.scrollHeight;
}

/** Something has happened to the call, or may have: asked again, but not at once for each of many events. */
function readOn(tale) {
  if (tale.coming) return;
  tale.coming = true;
  setTimeout(() => read(tale), Math.max(0, tale.asked + AGAIN_MS - Date.now()));
}
const tale = () => state.dialog && state.dialog.tale;
onEvent('job', (job) => tale() && tale().job === job.id && readOn(tale()));
onEvent('present', () => tale() && readOn(tale()));

// -- telling ----------------------------------------------------------------------------------------

const isLive = (story) => story && (story.status === 'dialing' || story.status === 'calling');
const isOver = (story) => !isLive(story) && story.status !== 'queued';

function tell({ story, problem }) {
  return [
    story && whose(story),
    problem && h('p.bad', { key: 'problem', role: 'alert' }, own(problem)),
    story
      ? h(
          'ol.story',
          { key: 'story', tabindex: 0, 'aria-label': t('story_title'), 'aria-live': 'polite' },
          lines(story),
        )
      : !problem && h('p.quiet', { key: 'loading', role: 'status' }, t('loading')),
  ];
}

function whose(story) {
  const what = story.in_doubt ? 'in_doubt' : (isOver(story) && story.outcome) || story.status;
  return h(
    'p.whose',
    { key: 'whose' },
    h('b', own(named(story) || `#${story.lead_id}`)),
    phone(story.phone_e164),
    h('span.chip', { class: what }, t(what)),
    story.request_id && requestId(story.request_id),
  );
}

const code = (text) => h('bdi.code', { dir: 'ltr', title: text }, text);
const requestId = (id) => h('span.quiet', { key: 'request' }, t('story_request'), ' ', code(id));

/** The events, with a head before each day and each attempt where there are several of them. */
function lines(story) {
  const attempts = new Set(story.events.map((e) => e.attempt).filter(Boolean));
  const isNamed = new Set(story.events.filter((e) => e.what === 'named').map((e) => e.attempt));
  const all = [];
  let before = null;
  let today = fullDay(now());
  let attempt = null;
  for (const event of story.events) {
    if (fullDay(event.at) !== today) all.push(head((today = fullDay(event.at)), 'day'));
    if (attempts.size > 1 && event.attempt && event.attempt !== attempt)
      all.push(head(t('story_try', { n: number((attempt = event.attempt)) }), 'try'));
    all.push(line(event, before, isNamed.has(event.attempt), story));
    before = event;
  }
  if (isLive(story) && before) all.push(goesOn(story, before));
  return all;
}

const head = (text, kind) => h('li.head', { class: kind }, h('span'), h('i'), h('b', text));

function line(event, before, isNamed, story) {
  const more = details(event, isNamed);
  if (event.by) more.push(t('story_by', { who: doer(event.by) }));
  if (event.by && event.request_id && event.request_id !== story.request_id)
    more.push(requestId(event.request_id));
  return h(
    'li',
    { class: `${kindOf(event)} ${Date.parse(event.at) > now() ? 'ahead' : ''}`, 'data-what': event.what },
    h('time.num', { datetime: event.at }, h('bdi', { dir: 'ltr' }, exact(event.at))),
    h('i', { 'aria-hidden': 'true' }),
    h(
      'div',
      h('span', sentence(event)),
      more.length > 0 &&
        h(
          'small.quiet',
          { key: 'more' },
          more.flatMap((one, i) => (i ? [' · ', one] : [one])),
        ),
    ),
    before && since(before, event),
  );
}

/** "+1.2 s": the sign and the digits read from the left in every language. Of what happened at once, nothing. */
function since(before, event) {
  const ms = Date.parse(event.at) - Date.parse(before.at);
  if (ms < 1) return null;
  const [digits, unit] = lapse(ms);
  return h('span.since.num', { key: 'since' }, h('bdi', { dir: 'ltr' }, '+' + digits), unit && ' ' + t(unit));
}

/** What has not ended yet: how long nothing has been heard of it. */
const goesOn = (story, last) =>
  h(
    'li.goes-on',
    { key: 'goes on', class: story.in_doubt ? 'in_doubt' : '', 'aria-live': 'off' },
    h('span'),
    h('i', { 'aria-hidden': 'true' }),
    h('div', t(story.in_doubt ? 'why_live_in_doubt' : 'why_live')),
    h(
      'span.since.num.live-time',
      { 'data-since': Date.parse(last.at) },
      length(now() - Date.parse(last.at)),
    ),
  );

const word = (status) => t('says_' + String(status).replace('-', '_'));
const wordOf = (event) => 'story_' + event.what.replace('.', '_');
const seconds = (s) => {
  const [digits, unit] = lapse(s * 1000);
  return unit ? `${digits} ${t(unit)}` : digits;
};

/** One plain sentence; what is not known here is told by its own name. */
function sentence({ what, detail }) {
  const about = detail || {};
  if (what === 'callback' || what === 'carrier_asked') return t('story_' + what, { what: word(about.status) });
  if (what === 'carrier_answer') return t('story_carrier_answer', { n: about.http_status });
  if (what === 'claimed' || what === 'slot_free') return t('story_' + what, { slot: number(about.slot) });
  if (what === 'ended' && about.outcome) return t('story_ended_as', { what: word(about.outcome) });
  if (what === 'finished' && knows('story_finished_' + about.status)) return t('story_finished_' + about.status);
  const mine = wordOf({ what });
  return knows(mine) ? t(mine) : h('bdi.code', { dir: 'ltr' }, what);
}

const DETAILS = {
  slot_free: (d) => [t('story_held_by', { n: d.held_by_job_id })],
  claimed: (d) => [
    d.waited_s >= 0.05 &&
      t(d.waited_for === 'slot' ? 'story_waited_for_slot' : 'story_waited', { t: seconds(d.waited_s) }),
    d.pace_s >= 0.05 && t('story_pace', { t: seconds(d.pace_s) }),
  ],
  named: (d) => [d.call_sid && code(d.call_sid)],
  callback: (d) => [d.sequence && t('story_sequence', { n: d.sequence })],
  carrier_answer: () => [],
  carrier_asked: () => [],
  finished: () => [],
  put_back: (d) => [d.reason && own(told(d.reason))],
  in_doubt: (d) => [d.error && own(told(d.error))],
  ended: (d, isNamed) => [
    d.duration_s > 0 && t('story_talked', { t: length(d.duration_s * 1000) }),
    !isNamed && d.call_sid && code(d.call_sid),
    d.error && own(told(d.error)),
  ],
  'run.create': (d) => [d.total && t('story_leads', { n: number(d.total) })],
  'lead.change': (d) => [d.status && t(d.status)],
  'business.change': (d) => [
    d.suspended !== undefined && t(d.suspended ? 'suspended' : 'story_not_suspended'),
    d.max_outbound_calls && t('story_lines', { n: number(d.max_outbound_calls) }),
  ],
};

/** What no sentence was made for is shown as it was told. */
function details({ what, detail }, isNamed) {
  const asTold = (d) =>
    Object.entries(d)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => code(`${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`));
  return (DETAILS[what] || asTold)(detail || {}, isNamed).filter(Boolean);
}

function doer(by) {
  const key = by.match(/^key (\d+)$/);
  if (key) return t('story_key', { n: key[1] });
  return by === 'admin key' ? t('story_admin_key') : by;
}

/** What the dot beside it is coloured by. */
function kindOf({ what, detail, by }) {
  const about = detail || {};
  if (what === 'callback' || what === 'carrier_asked') return String(about.status).replace('-', '_');
  if (what === 'carrier_answer') return Number(about.http_status) < 400 ? '' : 'failed';
  if (what === 'ended') return about.outcome || 'failed';
  if (what === 'finished') return about.status;
  if (by) return 'act';
  return ['answered', 'in_doubt', 'put_back'].includes(what) ? what : '';
}
