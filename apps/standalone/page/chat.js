const MAX_ENTRIES = 500;
const MAX_DIRECT = 100;
const MAX_NAMES = 1_000;
const MAX_OWN_IDS = 100;
const MAX_INTRODUCED = 1_000;
/** In a larger crowd, introductions would be most of the traffic. */
const MAX_CROWD = 100;
const MAX_SHOWN_CHARACTERS = 4_000;
const SAME_BREATH_MS = 120_000;

const EVERYONE = 'everyone';
const roomKey = (room) => `room ${room}`;
const directKey = (id) => `direct ${id}`;

/** What the page knows: conversations with their entries, who is online, who is called what. No DOM, no socket. */
export class Chat {
  me = null;
  total = 0;
  online = [];
  flow = { sent: 0, acked: 0, received: 0, tookMs: null };
  conversations = new Map();
  #ownIds = new Set();
  #names = new Map();
  #introducedTo = new Set();
  #entries = 0;

  constructor(name) {
    this.name = name;
    this.everyone = this.#create({ key: EVERYONE, kind: 'everyone' });
    this.current = this.everyone;
  }

  get unread() {
    return [...this.conversations.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  identify(id) {
    this.me = id;
    remember(this.#ownIds, id, MAX_OWN_IDS);
  }

  disconnected() {
    this.me = null;
    this.setOnline([], 0);
  }

  setOnline(ids, total) {
    this.online = ids;
    this.total = total;
  }

  nameOf(id) {
    return this.#names.get(id) ?? 'Guest';
  }

  /** Names are what people say they are called: shown beside the connection id, never in its place. */
  learnName(id, claimed) {
    const name = cleanName(claimed);
    if (!name) return;
    this.#names.delete(id);
    remember(this.#names, id, MAX_NAMES, name);
  }

  /** Somebody who would be in the list of who is online, had it been asked for since they came. */
  isNew(id) {
    return this.total <= this.online.length && !this.#ownIds.has(id) && !this.online.includes(id);
  }

  /** True the first time, and unless there are too many people for everybody to answer everybody. */
  mayIntroduceTo(id) {
    if (this.#introducedTo.has(id) || this.total > MAX_CROWD) return false;
    remember(this.#introducedTo, id, MAX_INTRODUCED);
    return true;
  }

  /** Oneself, then who is online, then who was spoken with and has gone. */
  people() {
    const peers = new Set([...this.online, ...this.list('direct').map(({ peer }) => peer)]);
    if (this.me) peers.add(this.me);
    return [...peers].map((peer) => this.#person(peer)).sort(inOrder);
  }

  #person(peer) {
    const key = directKey(peer);
    const me = peer === this.me;
    const unread = this.conversations.get(key)?.unread ?? 0;
    return {
      key,
      peer,
      me,
      unread,
      online: this.online.includes(peer),
      name: me ? this.name : this.nameOf(peer),
    };
  }

  openRoom(room) {
    const conversation = this.#conversation({ key: roomKey(room), kind: 'room', room });
    conversation.joined = true;
    return conversation;
  }

  openDirect(peer) {
    const conversation = this.#conversation({ key: directKey(peer), kind: 'direct', peer });
    const direct = this.list('direct').filter((each) => each !== conversation && each !== this.current);
    if (direct.length >= MAX_DIRECT) this.conversations.delete(direct[0].key);
    return conversation;
  }

  list(kind) {
    return [...this.conversations.values()].filter((each) => each.kind === kind);
  }

  close(conversation) {
    this.conversations.delete(conversation.key);
    if (this.current === conversation) this.select(this.everyone);
  }

  select(conversation) {
    this.current = conversation;
    conversation.unread = 0;
  }

  say(conversation, text) {
    return this.#add(conversation, { kind: 'chat', mine: true, name: this.name, text, state: 'sending' });
  }

  note(conversation, text) {
    return this.#add(conversation, { kind: 'note', text });
  }

  /**
   * Takes in a message of contract §8, or a frame that some other client sent as it is. `watched`: somebody is looking.
   * Returns the new entry, `{hello: id}` when somebody introduced themselves, or null when there is nothing to show.
   */
  receive({ bytes, text, value }, watched) {
    this.flow.received++;
    if (value?.type !== 'message' || !isConnectionId(value.from)) {
      return this.#takeIn(EVERYONE, { kind: 'raw', from: null, text: text ?? `${bytes} bytes` }, watched);
    }
    const { from, data } = value;
    if (this.#ownIds.has(from)) return null;
    if (typeof data?.name === 'string') this.learnName(from, data.name);
    if (data?.kind === 'hello') return { hello: from };
    if (data?.kind === 'here') return null;
    return this.#takeIn(this.#placeOf(value), { ...entryOf(data), from, name: this.nameOf(from) }, watched);
  }

  #placeOf({ from, room, direct }) {
    if (direct === true) return this.openDirect(from).key;
    return typeof room === 'string' ? roomKey(room) : EVERYONE;
  }

  /** A room that was just left may still speak for a moment. */
  #takeIn(key, entry, watched) {
    const conversation = this.conversations.get(key);
    if (!conversation) return null;
    if (conversation !== this.current || !watched) conversation.unread++;
    return this.#add(conversation, { ...entry, mine: false, text: shorten(entry.text) });
  }

  #add(conversation, fields) {
    const last = conversation.entries.at(-1);
    const entry = { ...fields, id: String(++this.#entries), at: new Date(), conversation };
    entry.follows =
      entry.kind !== 'note' &&
      last?.mine === entry.mine &&
      last.from === entry.from &&
      last.name === entry.name &&
      entry.at - last.at < SAME_BREATH_MS;
    conversation.entries.push(entry);
    if (conversation.entries.length > MAX_ENTRIES) conversation.entries.shift();
    return entry;
  }

  remove(entry) {
    const { entries } = entry.conversation;
    entries.splice(entries.indexOf(entry), 1);
  }

  #conversation(fields) {
    return this.conversations.get(fields.key) ?? this.#create(fields);
  }

  #create(fields) {
    const conversation = { ...fields, entries: [], unread: 0, draft: '' };
    this.conversations.set(fields.key, conversation);
    return conversation;
  }
}

/** Anybody can send a frame that names somebody: what could not be a connection is not remembered, and not answered. */
const isConnectionId = (from) => typeof from === 'string' && /^[\x21-\x7e]{1,50}$/.test(from);

/** One line of at most 40 characters; empty when nothing is left. */
export function cleanName(claimed) {
  const line = claimed.slice(0, 200).replace(/\p{Cc}/gu, ' ');
  return [...line.trim()].slice(0, 40).join('');
}

function entryOf(data) {
  if (data?.kind === 'chat' && typeof data.text === 'string') return { kind: 'chat', text: data.text };
  return { kind: 'raw', text: typeof data === 'string' ? data : (JSON.stringify(data) ?? 'no data') };
}

function shorten(text) {
  const rest = text.length - MAX_SHOWN_CHARACTERS;
  return rest > 0 ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}… and ${rest} more characters` : text;
}

function inOrder(a, b) {
  return b.me - a.me || b.online - a.online || a.name.localeCompare(b.name) || (a.peer < b.peer ? -1 : 1);
}

/** Adds to a Set or a Map that forgets its oldest member past `limit`. */
function remember(collection, key, limit, value) {
  if (value === undefined) collection.add(key);
  else collection.set(key, value);
  if (collection.size > limit) collection.delete(collection.keys().next().value);
}
