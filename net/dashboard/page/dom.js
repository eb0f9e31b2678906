// A view is a function of the state: h() describes it, patch() brings the document there, touching
// only what differs, so that focus, scrolling and what is being typed stay.

const SVG = new Set(['svg', 'path', 'circle', 'rect', 'g', 'line', 'title']);
const isNode = (x) => typeof x === 'object' && x !== null && 'tag' in x;
const isProps = (x) => typeof x === 'object' && x !== null && !Array.isArray(x) && !('tag' in x);
const shown = (c) => c !== null && c !== undefined && c !== false && c !== true;

/** h('p.quiet', {title}, children…): the tag may carry classes, the properties may be left out. */
export function h(what, ...rest) {
  const [tag, ...classes] = what.split('.');
  const props = isProps(rest[0]) ? { ...rest.shift() } : {};
  if (props.class) classes.push(props.class);
  if (classes.length) props.class = classes.join(' ');
  return { tag, props, key: props.key, children: rest.flat(9) };
}

function make(node) {
  if (!isNode(node)) return document.createTextNode(String(node));
  const el = SVG.has(node.tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', node.tag)
    : document.createElement(node.tag);
  el.vprops = {};
  bring(el, node);
  if (node.props.made) node.props.made(el);
  return el;
}

function bring(el, node) {
  // A select takes its value only when it has its options.
  if (node.tag === 'select') patch(el, node.children);
  setProps(el, node.props);
  if (node.tag !== 'select') patch(el, node.children);
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
  else if (name === 'style') for (const part in value || {}) el.style.setProperty(part, value[part]);
  else if (name === 'indeterminate') el.indeterminate = !!value;
  else if (value === undefined || value === null || value === false) el.removeAttribute(name);
  else el.setAttribute(name, value === true ? '' : value);
}

function fits(el, node) {
  if (!el) return false;
  if (!isNode(node)) return el.nodeType === 3;
  return el.vprops && el.localName === node.tag && el.vkey === node.key;
}

export function patch(parent, wanted) {
  const keyed = new Map();
  for (const el of parent.childNodes) if (el.vkey !== undefined) keyed.set(el.vkey, el);
  let at = parent.firstChild;
  for (const node of wanted.filter(shown)) {
    const key = isNode(node) ? node.key : undefined;
    let el = key === undefined ? at : keyed.get(key);
    if (key === undefined) while (el && el.vkey !== undefined) el = el.nextSibling;
    const known = fits(el, node);
    if (!known) {
      el = make(node);
      if (key !== undefined) el.vkey = key;
    }
    if (el !== at) parent.insertBefore(el, at);
    if (known && isNode(node)) bring(el, node);
    else if (known && el.data !== String(node)) el.data = String(node);
    at = el.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Text whose direction is its own: names, what people wrote. A box of its own, so that what is too long
 *  is cut at its end, which is on the left or on the right. */
export const own = (text) => h('span.own', { dir: 'auto' }, text);

/** A phone number, which reads from the left in every language. */
export const phone = (number) => h('span.phone', h('bdi.num', { dir: 'ltr' }, pretty(number)));

export function pretty(number) {
  if (!number) return '';
  const american = number.match(/^\+1(\d{3})(\d{3})(\d{4})$/);
  if (american) return `+1 ${american.slice(1).join(' ')}`;
  const israeli = number.match(/^\+972(\d{1,2})(\d{3})(\d{4})$/);
  return israeli ? `+972 ${israeli.slice(1).join(' ')}` : number;
}
