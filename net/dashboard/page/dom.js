// A view is a function of the state: h() describes it, patch() brings the document there, touching
// only what differs, so that focus, scrolling and what is being typed stay.

export function h(tag, props, ...children) {
  return { tag, props: props || {}, key: props && props.key, children: children.flat(9) };
}

const SVG = new Set(['svg', 'path', 'circle', 'rect', 'g', 'line']);
const shown = (c) => c !== null && c !== undefined && c !== false && c !== true;

function make(node) {
  if (typeof node !== 'object') return document.createTextNode(String(node));
  const el = SVG.has(node.tag) ? document.createElementNS('http://www.w3.org/2000/svg', node.tag)
    : document.createElement(node.tag);
  el.vprops = {};
  setProps(el, node.props);
  patch(el, node.children);
  // A select takes its value only when it has its options.
  if (node.tag === 'select' && node.props.value !== undefined) el.value = node.props.value;
  if (node.props.made) node.props.made(el);
  return el;
}

function setProps(el, props) {
  const before = el.vprops;
  for (const name in before) if (!(name in props)) setProp(el, name, undefined);
  for (const name in props) {
    const value = props[name];
    if (name === 'checked' || (name === 'value' && el.localName !== 'option')) {
      if (el[name] !== value) el[name] = value;
    } else if (before[name] !== value) setProp(el, name, value);
  }
  el.vprops = props;
}

function setProp(el, name, value) {
  if (name === 'key' || name === 'made') return;
  if (name.startsWith('on')) el[name] = value || null;
  else if (name === 'style') {
    for (const part in value || {}) el.style.setProperty(part, value[part]);
  } else if (name === 'indeterminate') el.indeterminate = !!value;
  else if (value === undefined || value === null || value === false) el.removeAttribute(name);
  else el.setAttribute(name, value === true ? '' : value);
}

export function patch(parent, wanted) {
  wanted = wanted.filter(shown);
  const keyed = new Map();
  for (const el of parent.childNodes) if (el.vkey !== undefined) keyed.set(el.vkey, el);
  let at = parent.firstChild;
  for (const node of wanted) {
    const key = typeof node === 'object' ? node.key : undefined;
    let el = key !== undefined ? keyed.get(key) : at;
    if (key === undefined) while (el && el.vkey !== undefined) el = el.nextSibling;
    const fits = el && (typeof node === 'object' ? el.vprops && el.localName === node.tag && el.vkey === key
      : el.nodeType === 3);
    if (!fits) {
      el = make(node);
      if (key !== undefined) el.vkey = key;
      parent.insertBefore(el, at);
    } else {
      if (el !== at) parent.insertBefore(el, at);
      if (typeof node !== 'object') {
        if (el.data !== String(node)) el.data = String(node);
      } else {
        if (node.tag === 'select') { patch(el, node.children); setProps(el, node.props); } else {
          setProps(el, node.props);
          patch(el, node.children);
        }
      }
    }
    at = el.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Text whose direction is its own: numbers, names. In a span, so that a grid lines it up. */
export const own = (text) => h('span', {}, h('bdi', {}, text));
export const phone = (number) => h('span', {}, h('bdi', { dir: 'ltr', class: 'num' }, pretty(number)));
export function pretty(number) {
  if (!number) return '';
  if (/^\+1\d{10}$/.test(number)) return `+1 ${number.slice(2, 5)} ${number.slice(5, 8)} ${number.slice(8)}`;
  if (/^\+972\d{8,9}$/.test(number)) {
    const rest = number.slice(4);
    return `+972 ${rest.slice(0, rest.length - 7)} ${rest.slice(-7, -4)} ${rest.slice(-4)}`;
  }
  return number;
}

/** Rows of one height, of which only those in sight exist. */
export function rows({ id, count, height, row, label, changed, most }) {
  const box = rows.boxes[id] || (rows.boxes[id] = { top: 0, room: 600 });
  const first = Math.max(0, Math.floor(box.top / height) - 6);
  const last = Math.min(count, Math.ceil((box.top + box.room) / height) + 6);
  const list = [];
  for (let i = first; i < last; i++) list.push(row(i));
  return h('div', {
    class: 'rows', tabindex: 0, role: 'rowgroup', 'aria-label': label, key: 'rows ' + id,
    style: { 'max-height': most || '62vh' },
    made: (el) => { box.room = el.clientHeight || 600; requestAnimationFrame(() => { el.scrollTop = box.top; }); },
    onscroll: (e) => {
      box.top = e.currentTarget.scrollTop;
      box.room = e.currentTarget.clientHeight;
      changed();
    },
  }, h('div', { class: 'rows-all', style: { height: count * height + 'px' } },
    h('div', { class: 'rows-seen', style: { transform: `translateY(${first * height}px)` } }, list)));
}
rows.boxes = {};
