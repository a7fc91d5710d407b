export const PHASES = {
  connecting: 'Connecting',
  open: 'Connected',
  waiting: 'Reconnecting',
  closed: 'Closed',
};

export const shortId = (id) => id.slice(0, 6);

export const initial = (name) => [...name][0]?.toUpperCase() ?? '?';

export function whyClosed({ phase, code, reason }) {
  const why = reason ? `${code}, ${reason}` : String(code);
  if (phase === 'waiting') return `The connection was lost (${why}) and is being restored by itself.`;
  if (code === 1000) return `The application closed this connection (${why}).`;
  return `The gateway closed this connection and asks not to come back by itself (${why}).`;
}

/** What stands around a conversation's entries. */
export function wordsFor({ kind, room, peer, joined }, chat) {
  if (kind === 'room') {
    return {
      title: `# ${room}`,
      subtitle: joined ? 'A room: its members hear you' : 'A room that you are not in',
      empty: 'Whoever joins this room hears what you say here.',
      leave: 'Leave room',
    };
  }
  if (kind === 'direct') {
    return {
      title: chat.nameOf(peer),
      subtitle: `Just the two of you · ${shortId(peer)}${chat.online.includes(peer) ? '' : ' · offline'}`,
      empty: 'Nobody else hears what you say here.',
      leave: 'Close',
    };
  }
  return {
    title: 'Everyone',
    subtitle: 'Every open connection hears you',
    empty: 'Open this page in a second window and say something.',
    leave: '',
  };
}

export function announcementOf({ name, text, conversation }) {
  const { kind, room } = conversation;
  const place = kind === 'room' ? ` in room ${room}` : kind === 'direct' ? ' to you alone' : '';
  return `${name ?? 'Other clients'}${place}: ${text.slice(0, 300)}`;
}
