// What the page says, in English; Hebrew in words_he.js. And numbers, times and durations as the
// viewer writes them, times in the business's zone.
import { state } from './store.js';
import { he } from './words_he.js';

export const en = {
  live: 'Live', leads: 'Leads', runs: 'Runs', history: 'History', operator: 'Operator', businesses: 'Businesses',
  sign_in: 'Sign in', key: 'API key', key_hint: 'The key stays in this tab and is gone when you close it.',
  sign_out: 'Sign out', tagline: 'Every ring, as it happens.', wrong_key: 'This key is not known here.',
  theme: 'Light or dark', language: 'עברית', lost: 'Connection to the server lost. Trying again…',
  opening: 'Connecting…', back: 'Connected again. This is the present.', connected: 'Live',
  capacity: 'Calls now', per_minute: 'Calls in the last minute', busy_share: 'Slots in use (5 min)', open_runs: 'Open runs',
  lanes: 'Slots', slot: 'Slot {n}', idle: 'idle', reserved: 'about to dial', dialing: 'dialing', ringing: 'ringing', calling: 'in progress',
  in_doubt: 'in doubt', in_doubt_long: 'The carrier has not said whether this call exists. The slot is kept until it has.',
  now: 'now', ago: '{t} ago', recent: 'Just ended', nothing_ended: 'Calls that end appear here.', no_runs: 'No runs yet',
  start_run: 'Start a run', start: 'Start', call_now: 'Call now', cancel: 'Cancel', close: 'Close',
  search_leads: 'Search by name, number or id', any_status: 'Any status', active: 'active', do_not_call: 'do not call',
  select_all: 'Select all {n}', selected: '{n} selected', clear: 'Clear', select: 'Select {name}', no_leads: 'No leads here',
  no_leads_hint: 'Drop a CSV file to bring your people in.', import_csv: 'Import CSV', from_leads: 'From your leads', from_leads_hint: 'Pick some of your {n} leads by name, number or status, or call them all.', call_all: 'Call all {n}', pick: 'Pick leads', drop: 'Drop a CSV file here, or choose one',
  drop_hint: 'Header row in English or Hebrew: phone, name, first name, last name, id, time zone, notes', choose: 'Choose a file',
  reading: 'Looking at the file…', preview: 'What is in {name}', columns: 'Columns', ignored: 'not used', fresh: 'new leads', known: 'updated',
  wrong_rows: 'rows left out', would_call: 'would be called', row: 'Row {n}', problem: 'Problem', sample: 'The first rows', more_errors: '… and {n} more',
  import_start: 'Import and start a run', import_only: 'Import only', imported: '{n} leads are in.', importing: 'Importing…',
  run_name: 'Name', concurrency: 'Calls at once', script: 'What is said', script_default: 'The business’s script', script_own: 'Another text',
  script_text: 'Text', script_hint: 'May hold {first_name}, {last_name}, {name}', to_call: '{n} leads will be called', started: 'Run {n} has started.',
  calls_started: '{n} calls have started.', skipped: '{n} left out (duplicate numbers or do not call)', run: 'Run {n}', total: 'total', queued: 'queued', completed: 'completed', failed: 'failed', cancelled: 'cancelled',
  pending: 'starting', running: 'running', paused: 'paused', pause: 'Pause', resume: 'Resume', stop: 'Stop', stop_title: 'Stop this run?',
  stop_text: 'Leads that wait will not be called. The calls that are live now can finish, or be hung up.', stop_only: 'Stop, let live calls finish', stop_hang_up: 'Stop and hang up',
  eta: 'Done about {t}', eta_range: 'between {a} and {b}', eta_soon: 'Learning how long calls take…', of: '{a} of {b}', finished: 'Finished {t}',
  came_of_it: 'What came of it', answered: 'answered', machine: 'machine', busy: 'busy', no_answer: 'no answer', canceled: 'hung up', none: 'not called',
  lead: 'Lead', phone: 'Phone', status: 'Status', attempts: 'Tries', outcome: 'Outcome', duration: 'Talk time', error: 'Error', time: 'Time', why: 'Why not now?',
  why_title: 'Why is this lead not being called now?', gate_configuration: 'Server and carrier', gate_business: 'Business', gate_lead: 'Lead', gate_run: 'Run', gate_due: 'Its time', gate_number: 'Number free', gate_turn: 'Its turn', gate_concurrency: 'Calls at once', gate_slots: 'Slots',
  until: 'until {t}', export: 'Export CSV', any_outcome: 'Any outcome', from: 'From', to: 'To', no_calls: 'No calls here', all_calls: 'All calls of this lead', direct: 'direct call', details: 'Details', notes: 'Notes', external_id: 'Id', ready: 'Everything is well', not_ready: 'Something is wrong', find_business: 'Find a business by name or number', only_busy: 'Only with calls or runs', live_calls: 'Live calls', doubt_calls: 'In doubt', nodes: 'Servers', node: '{name}, {n} shards', looking_on: 'Pages looking on', no_business: 'No business fits', suspended: 'suspended', per_min: '/min', loading: 'Loading…', more_on: 'open', skip: 'To the content', all_statuses: 'All', view: 'View', since: 'since {t}', ended_by: 'Ended: {o}', attempt: 'Try {n}', back_to: 'Back', of_slots: 'of {n} slots', seconds: '{n} s',
};

export function t(word, params) {
  const text = (state.lang === 'he' && he[word]) || en[word] || word;
  return params ? text.replace(/\{(\w+)\}/g, (all, name) => (name in params ? params[name] : all)) : text;
}

const formats = {};
function format(kind, options) {
  const zone = (state.business && state.business.time_zone) || undefined;
  const name = state.lang + kind + zone;
  if (formats[name]) return formats[name];
  const locale = state.lang === 'he' ? 'he-IL' : navigator.language.startsWith('en') ? navigator.language : 'en-GB';
  let made;
  try {
    made = kind === 'n' ? new Intl.NumberFormat(locale) : kind === '%' ? new Intl.NumberFormat(locale, { style: 'percent' })
      : new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  } catch (e) { made = new Intl.DateTimeFormat(locale, options); }
  return (formats[name] = made);
}
export const number = (n) => format('n').format(n || 0);
export const percent = (share) => format('%').format(share || 0);
export const clock = (at) => (at ? format('c', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at)) : '');
export const minute = (at) => (at ? format('m', { hour: '2-digit', minute: '2-digit' }).format(new Date(at)) : '');
export const day = (at) => (at ? format('d', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(at)) : '');
export function length(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (n) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
export const named = (x) => [x.first_name, x.last_name].filter(Boolean).join(' ');
