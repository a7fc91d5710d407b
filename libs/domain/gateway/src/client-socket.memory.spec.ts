import { clientSocketContract } from './client-socket.contract';
import { MemoryClientSocket } from './client-socket.memory';

clientSocketContract('memory', async (listener) => {
  const socket = new MemoryClientSocket(listener);
  return {
    socket,
    client: {
      says: (dataType, data) =>
        socket.says({
          dataType,
          data,
          byteLength: Buffer.byteLength(data, dataType === 'binary' ? 'base64' : 'utf8'),
        }),
      beginsToSay: () => socket.sends(1),
      closes: (code = 1005, reason = '') => socket.closes(code, reason),
      vanishes: () => socket.vanishes(),
      stopsReading: () => socket.stopsReading(),
      get received() {
        return socket.received.map((frame) => Buffer.from(frame).toString());
      },
      get closeFrame() {
        return socket.closeFrame;
      },
    },
    frame: (text) => Buffer.from(text),
    close: async () => socket.terminate(),
  };
});
