import type { AddressInfo } from 'node:net';
import type { ConnectionStore } from '@sendback/domain/connection';
import {
  type BroadcastLedger,
  type DeadLetterStore,
  type DisconnectClient,
  MAX_PAYLOAD_BYTES,
  type ProduceBroadcast,
  type RequeueDeadLetter,
} from '@sendback/domain/messaging';
import type { IdSource, Log } from '@sendback/domain/runtime';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { answerInTime } from './answer-in-time';
import { broadcastRoutes } from './broadcast-routes';
import { connectionRoutes } from './connection-routes';
import { deadLetterRoutes } from './dead-letter-routes';
import { closeHttpServer, createHttpServer, listen } from './http-server';
import { describeApi } from './open-api';
import { refuseOtherMethods } from './other-methods';
import { requireToken } from './require-token';

/** JSON may write a byte of the payload with six characters; the rest is for the target. */
const MAX_BODY_BYTES = 6 * MAX_PAYLOAD_BYTES + 512 * 1024;

export interface HttpApiOptions {
  readonly produceBroadcast: ProduceBroadcast;
  readonly broadcasts: BroadcastLedger;
  readonly connections: ConnectionStore;
  readonly disconnectClient: DisconnectClient;
  readonly deadLetters: DeadLetterStore;
  readonly requeueDeadLetter: RequeueDeadLetter;
  readonly ids: IdSource;
  readonly log: Log;
  /** Bearer tokens, each of which opens everything. */
  readonly tokens: readonly string[];
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Adds HTTP routes of the app's own, which need no token. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** The HTTP API for backends that notify users and look after the system; `GET /v1/openapi.json` describes it. */
export class HttpApi {
  private readonly app: FastifyInstance;

  constructor(private readonly options: HttpApiOptions) {
    this.app = createHttpServer(options.log, MAX_BODY_BYTES);
    options.routes?.(this.app);
    void this.app.register(versionOne(options), { prefix: '/v1' });
  }

  /**
   * Listens.
   * @throws Error with `code: 'EADDRINUSE'` when the port is taken
   */
  async start(): Promise<AddressInfo> {
    return listen(this.app, this.options.host, this.options.port);
  }

  /** Listens no more; requests under way are answered first, within seconds. */
  async close(): Promise<void> {
    await closeHttpServer(this.app);
  }
}

function versionOne(options: HttpApiOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    answerInTime(app);
    const refuse = refuseOtherMethods(app);
    await describeApi(app);
    await app.register(async (guarded) => {
      await requireToken(guarded, options.tokens);
      await guarded.register(broadcastRoutes(options));
      await guarded.register(connectionRoutes(options));
      await guarded.register(deadLetterRoutes(options));
    });
    refuse();
  };
}
