import { type Connection, type ConnectionStore, parseRoom, parseUserId } from '@sendback/domain/connection';
import type { DisconnectClient } from '@sendback/domain/messaging';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { Problem } from './problem';
import { next, pageOf, pageQuery } from './paging';
import { answer, byId, errors, isoTime, time } from './schemas';

export interface ConnectionPorts {
  readonly connections: ConnectionStore;
  readonly disconnectClient: DisconnectClient;
}

const fields = {
  connectionId: z.string().describe('`secConnectionID`'),
  userId: z.string().nullable().describe('Whose it is; null for nobody’s.'),
  openedAt: time,
};
const connection = z.strictObject(fields).meta({ id: 'Connection' });
const connectionDetails = z
  .strictObject({ ...fields, rooms: z.array(z.string()) })
  .meta({ id: 'ConnectionDetails' });

const query = pageQuery(1_000, 100).extend({
  room: z.string().optional().describe('Only members of this room.'),
  userId: z.string().optional().describe('Only connections of this user.'),
});

export function connectionRoutes({ connections, disconnectClient }: ConnectionPorts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/connections',
      {
        schema: {
          operationId: 'listConnections',
          summary: 'The open connections, in the order of their ids',
          tags: ['connections'],
          querystring: query,
          response: {
            200: answer('A page of them.', z.strictObject({ connections: z.array(connection), next })),
            ...errors('bad_data'),
          },
        },
      },
      async ({ query: { after, limit, room, userId } }) => {
        const found = await connections.page({
          after,
          upTo: null,
          room: room === undefined ? null : parseRoom(room, 'room'),
          userId: userId === undefined ? null : parseUserId(userId, 'userId'),
          limit: limit + 1,
        });
        const { page, next } = pageOf(found, limit, ({ connectionId }) => connectionId);
        return { connections: page.map(connectionOf), next };
      },
    );

    app.get(
      '/connections/:id',
      {
        schema: {
          operationId: 'getConnection',
          summary: 'A connection and the rooms it is in',
          tags: ['connections'],
          ...byId,
          response: {
            200: answer('A connection.', connectionDetails),
            ...errors('not_found'),
          },
        },
      },
      async ({ params }) => {
        const found = await connections.find(params.id);
        if (!found) throw noConnection();
        return { ...connectionOf(found), rooms: [...(await connections.roomsOf(params.id))].sort() };
      },
    );

    app.delete(
      '/connections/:id',
      {
        schema: {
          operationId: 'closeConnection',
          summary: 'Close a client’s connection',
          tags: ['connections'],
          ...byId,
          response: {
            204: z.undefined().describe('It is being closed; what was sent to it before still arrives.'),
            ...errors('not_found', 'push_failed'),
          },
        },
      },
      async ({ params }, reply) => {
        if (!(await disconnectClient.execute(params.id))) throw noConnection();
        return reply.code(204).send();
      },
    );
  };
}

/** Its push address is a secret, and stays one. */
function connectionOf({ connectionId, userId, openedAt }: Connection): z.output<typeof connection> {
  return { connectionId, userId, openedAt: isoTime(openedAt) };
}

function noConnection(): Problem {
  return new Problem('not_found', 'there is no such connection');
}
