import { Chat, cleanName } from './chat.js';
import { Connection } from './connection.js';
import { friendlyName } from './friendly-name.js';
import { View } from './view.js';
import { announcementOf } from './words.js';

const REFRESH_MS = 5_000;
const SOON_MS = 500;

const address = new URL('/release/websocket', location.href.replace(/^http/, 'ws'));
const chat = new Chat(savedName() ?? friendlyName());
let isOpen = false;
let lostAt = null;
let refreshing = false;

const connection = new Connection(address, { onState, onMessage });
const view = new View({
  send,
  retry,
  join,
  rename,
  draft: (text) => (chat.current.draft = text),
  reconnect: () => connection.open(),
  rejoin: () => enter(chat.current).then(changed),
  leave,
  select,
});

const soon = coalesced(refresh, SOON_MS);
const changed = coalesced(() => view.render(chat, connection.state), 16);

view.setName(chat.name);
view.setAddress(address.href);
connection.open();
setInterval(refresh, REFRESH_MS);
setInterval(() => connection.state.phase === 'waiting' && changed(), 500);
addEventListener('online', () => connection.state.phase === 'waiting' && connection.open());
document.addEventListener('visibilitychange', returned);

function onState({ phase }) {
  const wasOpen = isOpen;
  isOpen = phase === 'open';
  if (isOpen) void greet();
  else if (wasOpen) {
    lostAt = Date.now();
    chat.disconnected();
  }
  changed();
}

/** A new connection is a new id: rooms are entered again, and the others are told the name. */
async function greet() {
  if (lostAt) noteTheGap(Math.ceil((Date.now() - lostAt) / 1000));
  lostAt = null;
  await Promise.all([refresh(), ...chat.list('room').map(enter), introduce()]);
  changed();
}

function noteTheGap(seconds) {
  for (const conversation of chat.conversations.values()) {
    chat.note(
      conversation,
      `You were away for ${seconds} s. What was said meanwhile did not reach this page.`,
    );
  }
}

async function enter(room) {
  try {
    await connection.request('join', { room: room.room });
    room.joined = true;
  } catch (problem) {
    room.joined = false;
    chat.note(room, `This room could not be joined: ${problem.message}`);
  }
}

/** Without it the others see a guest; the next rename or reconnect repeats it. */
async function introduce() {
  await deliver('broadcast', { data: { kind: 'hello', name: chat.name } }).catch(() => {});
}

async function answerHello(id) {
  if (!chat.mayIntroduceTo(id)) return;
  await deliver('send', { to: id, data: { kind: 'here', name: chat.name } }).catch(() => {});
}

/** Asks who is online, but not for a page that nobody looks at. */
async function refresh() {
  if (refreshing || !isOpen || (document.hidden && chat.me)) return;
  refreshing = true;
  try {
    if (!chat.me) chat.identify((await connection.request('whoami')).connectionId);
    if (!document.hidden) {
      const { connections, count } = await connection.request('online');
      chat.setOnline(connections, count);
    }
  } catch {
    // The next round asks again.
  }
  refreshing = false;
  changed();
}

function onMessage(frame) {
  const news = chat.receive(frame, !document.hidden);
  if (frame.value?.from && chat.isNew(frame.value.from)) soon();
  if (news?.hello) void answerHello(news.hello);
  else if (news) view.announce(announcementOf(news));
  changed();
}

async function deliver(action, fields) {
  if (isOpen) chat.flow.sent++;
  changed();
  const { tookMs } = await connection.request(action, fields);
  chat.flow.acked++;
  chat.flow.tookMs = tookMs;
  changed();
}

function send(text) {
  if (!isOpen || !text.trim()) return;
  view.setDraft((chat.current.draft = ''));
  void speak(chat.say(chat.current, text.trim()));
}

function retry(entry) {
  chat.remove(entry);
  void speak(chat.say(entry.conversation, entry.text));
}

async function speak(entry) {
  const data = { kind: 'chat', name: chat.name, text: entry.text };
  try {
    await deliver(...requestFor(entry.conversation, data));
    entry.state = 'acked';
  } catch (problem) {
    entry.state = 'failed';
    entry.problem = `${problem.unsure ? 'Perhaps not sent' : 'Not sent'}: ${problem.message}.`;
    view.announce(entry.problem);
  }
  changed();
}

function requestFor({ kind, room, peer }, data) {
  if (kind === 'room') return ['publish', { room, data }];
  if (kind === 'direct') return ['send', { to: peer, data }];
  return ['broadcast', { data }];
}

async function join(room) {
  view.joinProblem('');
  if (!room) return view.joinProblem('Name a room.');
  try {
    await connection.request('join', { room });
    view.joined();
    select(chat.openRoom(room));
  } catch (problem) {
    view.joinProblem(`Not joined: ${problem.message}.`);
  }
}

/** Without a connection there is no membership to give up. */
async function leave() {
  const conversation = chat.current;
  try {
    if (conversation.kind === 'room' && isOpen)
      await connection.request('leave', { room: conversation.room });
    chat.close(conversation);
    select(chat.current);
  } catch (problem) {
    chat.note(conversation, `You are still in this room: ${problem.message}`);
  }
  changed();
}

function rename(claimed) {
  const name = cleanName(claimed) || chat.name;
  view.setName(name);
  if (name === chat.name) return;
  chat.name = name;
  saveName(name);
  void introduce();
}

/** A person in the list may not have been spoken with yet. */
function select({ key, peer }) {
  chat.select(chat.conversations.get(key) ?? chat.openDirect(peer));
  view.setDraft(chat.current.draft);
  view.render(chat, connection.state);
  view.focusComposer();
}

function returned() {
  if (document.hidden) return;
  chat.select(chat.current);
  void refresh();
  changed();
}

/** A browser may forbid storage: the name is then this page load's alone. */
function savedName() {
  try {
    return sessionStorage.getItem('name');
  } catch {
    return null;
  }
}

function saveName(name) {
  try {
    sessionStorage.setItem('name', name);
  } catch {
    // It was not to be remembered.
  }
}

/** Many calls, one run `ms` after the first of them. */
function coalesced(run, ms) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      void run();
    }, ms);
  };
}
