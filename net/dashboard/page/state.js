// What the page shows, all of it from the server. A change of it asks for a drawing.

export const state = {
  me: null, // who asks: {admin, role, business}
  business: null, // whose page this is
  view: '', // live, leads, runs, history, start, operator
  id: null, // of the run or the lead in the address
  lang: 'en',
  theme: 'auto',
  clock: 0, // the server's clock less this one, ms
  link: 'closed', // closed, opening, open, lost
  trouble: '', // why the server can't tell the present
  slots: null, // number -> slot, once the present is known
  limit: 0,
  runs: new Map(), // id -> run
  pulse: null,
  ended: [], // calls that ended lately, the newest last: what lies on the timeline
  lists: {},
  overview: null,
  dialog: null, // {title, body(), actions?()}
  card: null, // {call, at: {x, y}, pinned}
  notice: null,
};

let drawn = () => {};
let asked = false;
export const onDraw = (f) => (drawn = f);
export function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    drawn();
  });
}

export const now = () => Date.now() + state.clock;
/** The address of a view of the business. */
export const link = (view, id) => `#/b/${state.business.id}/${view}${id ? '/' + id : ''}`;
/** A key that may only look is offered nothing that it would be refused. */
export const mayAct = () => state.me && state.me.role !== 'read';

/** For screen readers, politely. */
export const say = (text) => (document.getElementById('say').textContent = text);

let fading;
function tell(text, bad) {
  state.notice = { text, bad };
  say(text);
  draw();
  clearTimeout(fading);
  fading = setTimeout(() => {
    state.notice = null;
    draw();
  }, 6000);
}
export const notice = (text) => tell(text, false);
export const fail = (error) => tell(error.message, true);
