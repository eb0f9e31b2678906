// What the stream says becomes the state: slots, runs, the pulse, and the calls that ended lately.
import { Anywhere } from './lists.js';
import { ask, inside } from './requests.js';
import { draw, notice, now, say, state } from './state.js';
import { onEvent } from './stream.js';
import { runTitle, t, told } from './words.js';

export const WINDOW_MS = 120000; // of the timeline
const KEPT = 400;
const RESTING_MS = 2000; // between two looks at rows that have changed

onEvent('present', (d) => {
  if (state.link === 'lost' || state.wasLost) notice(t('back'));
  state.wasLost = false;
  state.clock = Date.parse(d.at) - Date.now();
  state.slots = new Map(d.slots.items.map((s) => [s.slot, s]));
  state.limit = d.slots.limit;
  for (const run of d.runs) state.runs.set(run.id, run);
  state.pulse = d.pulse;
  state.trouble = '';
  for (const shown of Object.values(state.lists)) if (shown instanceof Anywhere) shown.again();
  readPast();
});
onEvent('trouble', (d) => (state.trouble = told(d.message)));
onEvent('slot', (slot) => state.slots && state.slots.set(slot.slot, slot));
onEvent('pulse', (pulse) => (state.pulse = pulse));

onEvent('job', (job) => {
  const over = job.status !== 'dialing' && job.status !== 'calling';
  followInRun(job, over);
  if (!over) return;
  state.ended.push(callOf({ ...job, job_id: job.id, ended_at: job.at, outcome: job.outcome || 'failed' }));
  if (state.ended.length > KEPT) state.ended.splice(0, state.ended.length - KEPT);
  freshen('history');
});

onEvent('run', (run) => {
  const before = state.runs.get(run.id);
  state.runs.set(run.id, run);
  if (!before || before.status === run.status) return;
  say(`${runTitle(run)}: ${t(run.status)}`);
  // Many rows may have changed at once, without a word about each.
  const jobs = state.lists[`jobs ${run.id}`];
  if (jobs) jobs.again();
});

/** The calls that ended within the window, which lie on the timeline. */
async function readPast() {
  const from = new Date(now() - WINDOW_MS - 10000).toISOString();
  try {
    const page = await ask('GET', inside(`/calls?limit=200&from=${encodeURIComponent(from)}`));
    const ended = page.items.filter((c) => c.ended_at).map(callOf);
    state.ended = ended.sort((a, b) => a.to - b.to);
  } catch {
    // The lines are true without their past.
  }
  draw();
}

/** A call as the timeline and its card show it; from a slot, a job's event or the history. */
export function callOf(x) {
  const at = (time) => (time ? Date.parse(time) : null);
  return {
    key: `${x.job_id}-${x.attempt}`,
    job: x.job_id,
    attempt: x.attempt,
    slot: x.slot,
    run: x.run_id,
    lead: x.lead_id,
    sid: x.call_sid,
    phone: x.phone_e164,
    first_name: x.first_name,
    last_name: x.last_name,
    from: at(x.started_at || x.since),
    answered: at(x.answered_at),
    to: at(x.ended_at),
    outcome: x.outcome || null,
    error: x.error || '',
  };
}

/** The row of the run's table, if it is being looked at. */
function followInRun(job, over) {
  const jobs = job.run_id && state.lists[`jobs ${job.run_id}`];
  if (!jobs) return;
  const piece = jobs.change(job.id, {
    status: job.status,
    attempts: job.attempt,
    outcome: job.outcome,
    in_doubt: job.state === 'in_doubt',
    call_sid: job.call_sid,
  });
  // Talk time and error are told by the server alone.
  if (piece && over) rest(`jobs ${job.run_id}`, () => (piece.stale = true));
}

const resting = new Set();
function rest(name, then) {
  if (resting.has(name)) return;
  resting.add(name);
  setTimeout(() => {
    resting.delete(name);
    then();
    draw();
  }, RESTING_MS);
}

/** A list whose top is looked at is read anew when something has happened to it. */
const looked = new Map();
export const whileLookedAt = (name, isLookedAt) => looked.set(name, isLookedAt);
function freshen(name) {
  rest(name, () => {
    const shown = state.lists[name];
    if (shown && looked.has(name) && looked.get(name)()) shown.again();
  });
}
