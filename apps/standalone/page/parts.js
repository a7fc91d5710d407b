import { bdi, el, hidden } from './dom.js';
import { initial, shortId } from './words.js';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** A conversation or a person in the sidebar; oneself is no button. */
export function sidebarItem(item, current, onSelect) {
  const content = [
    item.peer ? portrait(item.label, item.peer) : picture(item.icon),
    bdi(item.label, 'label'),
    item.detail ? el('small', {}, item.detail) : null,
    item.unread ? el('span', { className: 'badge' }, String(item.unread), hidden(' unread')) : null,
  ];
  if (item.me) return el('li', {}, el('div', { className: 'item' }, ...content));
  const button = el('button', { type: 'button', className: 'item', onclick: onSelect }, ...content);
  if (current) button.ariaCurrent = 'true';
  return el('li', {}, button);
}

/** A line of a conversation. */
export function entryItem(entry, onRetry) {
  if (entry.kind === 'note') return el('li', { className: 'note' }, entry.text);
  const className = `entry ${entry.mine ? 'mine' : ''} ${entry.follows ? 'follows' : ''}`;
  const said = el('p', { className: entry.kind === 'raw' ? 'said raw' : 'said', dir: 'auto' }, entry.text);
  if (entry.mine) return el('li', { className }, who(entry), said, outcome(entry, onRetry));
  return el('li', { className }, portrait(entry.name ?? '?', entry.from ?? ''), who(entry), said);
}

function who({ mine, name, from, at }) {
  const id = from ? el('small', {}, shortId(from)) : null;
  const when = el('time', { dateTime: at.toISOString() }, time.format(at));
  return el('div', { className: 'who' }, el('b', {}, mine ? 'You' : bdi(name ?? 'Other clients')), id, when);
}

function outcome({ state, problem, conversation }, onRetry) {
  if (state === 'sending') return el('p', { className: 'outcome' }, 'sending…');
  if (state === 'acked') {
    return el('p', { className: 'outcome' }, conversation.kind === 'direct' ? '✓ delivered' : '✓ queued');
  }
  const retry = el('button', { type: 'button', className: 'link', onclick: onRetry }, 'Send again');
  return el('p', { className: 'outcome problem' }, `${problem} `, retry);
}

const picture = (icon) => el('span', { className: 'picture', ariaHidden: 'true' }, icon);

/** Each connection has a colour of its own. */
function portrait(name, id) {
  const element = picture(initial(name));
  element.classList.add('portrait');
  element.style.setProperty('--hue', hueOf(id));
  return element;
}

function hueOf(id) {
  let sum = 7;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}
