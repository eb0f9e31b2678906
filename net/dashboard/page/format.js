// Numbers and times as the viewer writes them; times in the business's zone.
import { state } from './state.js';

const made = {};
const locale = () =>
  state.lang === 'he' ? 'he-IL' : navigator.language.startsWith('en') ? navigator.language : 'en-GB';
export const zone = () => (state.business && state.business.time_zone) || undefined;

function numbers(options = {}) {
  return (made[locale() + JSON.stringify(options)] ??= new Intl.NumberFormat(locale(), options));
}
function times(options) {
  const name = `${locale()} ${zone()} ${JSON.stringify(options)}`;
  if (made[name]) return made[name];
  try {
    return (made[name] = new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone() }));
  } catch {
    return (made[name] = new Intl.DateTimeFormat(locale(), options)); // a zone this browser doesn't know
  }
}
const time = (options) => (at) => (at ? times(options).format(new Date(at)) : '');

export const number = (n) => numbers().format(n || 0);
export const percent = (share) => numbers({ style: 'percent' }).format(share || 0);
/** 14:05:09 */
export const clock = time({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
/** 14:05:09.3 */
export const exact = time({
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
});
/** Monday, 24 November */
export const fullDay = time({ weekday: 'long', day: 'numeric', month: 'long' });
/** 14:05 */
export const minute = time({ hour: 'numeric', minute: '2-digit' });
/** 24 Nov, 14:05 */
export const day = time({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });

/** The time of day when it is today, the day too when it is not. */
export function near(at) {
  const date = times({ dateStyle: 'short' });
  return date.format(new Date(at)) === date.format(new Date()) ? minute(at) : day(at);
}

/** 1:05, 1:02:05 */
export function length(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** A short time as [its digits, the word for their unit or nothing]: 40 ms, 1.2 s, 1:05. */
export function lapse(ms) {
  const short = Math.max(0, ms);
  if (short < 100) return [number(Math.round(short)), 'unit_ms'];
  if (short >= 59950) return [length(short), ''];
  return [numbers({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(short / 1000), 'unit_s'];
}

/** Whether the business keeps another time than the one who looks. */
export function isElsewhere() {
  const options = { dateStyle: 'short', timeStyle: 'short' };
  return times(options).format(new Date()) !== new Intl.DateTimeFormat(locale(), options).format(new Date());
}

/** What a clock in the business's zone shows at that instant, in ms since 1970 as if it were UTC. */
function wall(at) {
  const parts = {};
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone(),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** The instant at which clocks in the business's zone show `local` ("2026-11-24T14:05"); a Date. */
export function instant(local) {
  const wanted = Date.parse(local + (local.length > 10 ? ':00Z' : 'T00:00:00Z'));
  // Twice: the first guess may lie on the other side of a change of the clocks.
  let at = wanted - (wall(new Date(wanted)) - wanted);
  at = wanted - (wall(new Date(at)) - at);
  return new Date(at);
}

/** The day in the business's zone, `ago` days back: "2026-11-24". */
export function date(ago = 0) {
  return new Date(wall(new Date()) - ago * 86400000).toISOString().slice(0, 10);
}
