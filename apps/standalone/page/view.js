import { el, reconcile, setText } from './dom.js';
import { entryItem, sidebarItem } from './parts.js';
import { PHASES, shortId, whyClosed, wordsFor } from './words.js';

const MAX_ANNOUNCED = 5;
const NEAR_THE_END_PX = 60;
const FLOW = ['sent', 'acked', 'received'];

const byId = (id) => document.getElementById(id);

/** Shows a Chat; what people do is handed to `actions`. */
export class View {
  #actions;
  #shown = null;
  #troubled = false;
  #atEnd = true;
  #flow = {};

  constructor(actions) {
    this.#actions = actions;
    onSubmit('composer', () => actions.send(byId('text').value));
    onSubmit('join', () => actions.join(byId('room').value.trim()));
    onSubmit('rename', () => actions.rename(byId('name').value));
    byId('name').addEventListener('change', () => actions.rename(byId('name').value));
    byId('text').addEventListener('keydown', sendOnEnter);
    byId('text').addEventListener('input', () => actions.draft(byId('text').value));
    for (const button of ['reconnect', 'leave', 'rejoin'])
      byId(button).addEventListener('click', actions[button]);
    byId('latest').addEventListener('click', () => {
      toEnd();
      this.focusComposer();
    });
    byId('log').addEventListener('scroll', () => this.#scrolled());
    new ResizeObserver(() => this.#atEnd && toEnd()).observe(byId('log'));
    byId('menu').addEventListener('click', () => openMenu(!isMenuOpen()));
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && closeMenu());
    byId('flow').open = matchMedia('(min-width: 48rem) and (min-height: 40rem)').matches;
  }

  /** Idempotent: the page becomes what `chat` and the connection's state say. */
  render(chat, state) {
    const focused = document.activeElement;
    this.#renderState(state);
    this.#renderSidebar(chat);
    this.#renderConversation(chat, state.phase === 'open');
    this.#renderFlow(chat.flow);
    document.title = chat.unread ? `(${chat.unread}) Sendback` : 'Sendback';
    // What had the focus may have done its work and gone.
    if (focused && focused !== document.body && !focused.checkVisibility()) this.focusComposer();
  }

  /** Touch screens are spared the keyboard that would cover half of the conversation. */
  focusComposer() {
    openMenu(false);
    byId(matchMedia('(pointer: coarse)').matches ? 'title' : 'text').focus();
  }

  setDraft(text) {
    byId('text').value = text;
  }

  setName(name) {
    byId('name').value = name;
  }

  setAddress(address) {
    setText(byId('address'), `npx wscat -c ${address}`);
  }

  joined() {
    byId('room').value = '';
  }

  joinProblem(text) {
    setText(byId('join-problem'), text);
    if (text) byId('room').focus();
  }

  /** For those who listen. The log itself is silent: it would read out a whole conversation that is looked at again. */
  announce(text) {
    byId('announcer').append(el('p', {}, text));
    while (byId('announcer').children.length > MAX_ANNOUNCED) byId('announcer').firstChild.remove();
  }

  #renderState(state) {
    const { phase, until } = state;
    document.body.dataset.phase = phase;
    setText(byId('state-text'), PHASES[phase]);
    const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
    setText(byId('state-countdown'), phase === 'waiting' ? ` in ${seconds} s` : '');
    if (phase !== 'connecting') this.#troubled = phase !== 'open';
    byId('banner').hidden = !this.#troubled;
    if (phase !== 'waiting' && phase !== 'closed') return;
    setText(byId('banner-text'), whyClosed(state));
    setText(byId('reconnect'), phase === 'waiting' ? 'Try now' : 'Connect again');
  }

  #renderSidebar(chat) {
    this.#renderItems('everyone', chat, [{ ...chat.everyone, label: 'Everyone', icon: '∗' }]);
    this.#renderItems('rooms', chat, chat.list('room').map(roomInSidebar));
    this.#renderItems('people', chat, chat.people().map(personInSidebar));
    setText(byId('count'), chat.total ? String(chat.total) : '');
    const more = chat.total - chat.online.length;
    setText(byId('more'), `and ${more} more`);
    byId('more').hidden = more <= 0;
    setText(byId('me'), chat.me ?? 'none');
    setText(byId('menu-unread'), String(chat.unread));
    byId('menu-unread').hidden = chat.unread === 0;
  }

  #renderItems(list, { current }, items) {
    reconcile(byId(list), items, {
      keyOf: ({ key }) => key,
      looksOf: ({ key, label, detail, unread }) =>
        JSON.stringify([label, detail, unread, key === current.key]),
      create: (item) => sidebarItem(item, item.key === current.key, () => this.#actions.select(item)),
    });
  }

  #renderConversation(chat, connected) {
    const { current } = chat;
    const { title, subtitle, empty, leave } = wordsFor(current, chat);
    setText(byId('title'), title);
    setText(byId('subtitle'), subtitle);
    setText(byId('empty'), empty);
    byId('empty').hidden = current.entries.length > 0;
    setText(byId('leave'), leave);
    byId('leave').hidden = !leave;
    byId('rejoin').hidden = current.kind !== 'room' || current.joined || !connected;
    byId('send').ariaDisabled = String(!connected);
    setText(byId('hint'), connected ? HINT : OFFLINE_HINT);
    this.#renderEntries(current);
  }

  #renderEntries(conversation) {
    if (this.#shown !== conversation) this.#atEnd = true;
    this.#shown = conversation;
    reconcile(byId('entries'), conversation.entries, {
      keyOf: ({ id }) => id,
      looksOf: ({ state, problem }) => `${state} ${problem}`,
      create: (entry) => entryItem(entry, () => this.#actions.retry(entry)),
    });
    if (this.#atEnd) toEnd();
  }

  /** Who reads further up is left there. */
  #scrolled() {
    this.#atEnd = isAtEnd();
    byId('latest').hidden = this.#atEnd;
  }

  #renderFlow(flow) {
    for (const leg of FLOW) {
      setText(byId(leg), String(flow[leg]));
      if (this.#flow[leg] !== undefined && flow[leg] !== this.#flow[leg]) light(leg);
    }
    this.#flow = { ...flow };
    setText(
      byId('took'),
      flow.tookMs === null ? '' : `, the last in ${Math.max(1, Math.round(flow.tookMs))} ms`,
    );
  }
}

const HINT = 'Enter sends, Shift + Enter starts a new line.';
const OFFLINE_HINT = 'Not connected: what you write is kept until it can be sent.';

const roomInSidebar = ({ key, room, joined, unread }) => ({
  key,
  unread,
  label: room,
  icon: '#',
  detail: joined ? '' : 'not joined',
});

const personInSidebar = ({ key, peer, me, name, online, unread }) => ({
  key,
  peer,
  me,
  unread,
  label: name,
  detail: me ? 'you' : online ? shortId(peer) : 'offline',
});

function onSubmit(form, act) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    act();
  });
}

function sendOnEnter(event) {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('composer').requestSubmit();
}

function isAtEnd() {
  const { scrollHeight, scrollTop, clientHeight } = byId('log');
  return scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
}

function toEnd() {
  byId('log').scrollTop = byId('log').scrollHeight;
}

const isMenuOpen = () => byId('menu').ariaExpanded === 'true';

function openMenu(open) {
  byId('menu').ariaExpanded = String(open);
  document.body.classList.toggle('menu-open', open);
}

function closeMenu() {
  if (!isMenuOpen()) return;
  openMenu(false);
  byId('menu').focus();
}

/** Restarts the leg's animation. */
function light(leg) {
  const item = document.querySelector(`[data-leg="${leg}"]`);
  item.classList.remove('lit');
  void item.offsetWidth;
  item.classList.add('lit');
}
