import type { IdSource } from '@sendback/domain/runtime';
import type { Api } from './api';
import type { Authentication, Unauthorized } from './client-authenticator.port';
import { CloseCode } from './close-code';
import type { RegistrationEvent } from './events';
import type { LiveApi } from './live-api';
import type { GatewayLimits } from './limits';
import type { Obligations } from './obligations';
import { chooseProtocol, parseRegistrationAnswer, type RegistrationAnswer } from './registration-answer';
import type { Route } from './routes';
import type { Session } from './session';
import type { SessionLedger, Tenure } from './session-ledger.port';

/** An upgrade request, as contract §1 tells it to the registration function. */
export interface ConnectRequest {
  /** Of the client itself, also where proxies stand before the gateway. */
  readonly sourceIp: string;
  /** Under their names in lower case, several of the same name joined. They hold what clients identify themselves by. */
  readonly headers: Readonly<Record<string, string>>;
  readonly queryString: Readonly<Record<string, string>>;
  readonly secWebSocketProtocol?: string;
  readonly secWebSocketExtensions?: string;
}

export type Admission =
  /** Complete the upgrade with this sub-protocol and `open` the session, or report it `closed`, at once. */
  | { readonly outcome: 'admitted'; readonly session: Session; readonly protocol: string | null }
  | { readonly outcome: 'refused'; readonly errNo: number; readonly errMsg: string }
  /** The gateway is not started yet, or it is stopping. */
  | { readonly outcome: 'unavailable' }
  /** The API is not for pages of this origin. */
  | { readonly outcome: 'forbidden' }
  /** The API's authenticator does not know the client. */
  | Unauthorized
  /** There are as many connections as the limit allows. */
  | { readonly outcome: 'full' };

/** Who is told to the registration function; nobody where the API asks for no authentication. */
type Identity = RegistrationEvent['requestContext']['identity'];

interface Candidate {
  readonly request: ConnectRequest;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly identity: Identity;
}

/**
 * Lets a client in (contract §1, §5): origin, authentication, limits, ledger, registration, and then the upgrade. Where it stays open whether the
 * function recorded the connection, cleanup is called.
 */
export class AdmitClient {
  private tenure: Tenure | null = null;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly limits: GatewayLimits,
    private readonly obligations: Obligations,
    private readonly ids: IdSource,
  ) {}

  begin(tenure: Tenure): void {
    this.tenure = tenure;
  }

  stop(): void {
    this.tenure = null;
  }

  /** Whether clients are let in: it is started, and neither stopping nor without its lease. */
  get isOpen(): boolean {
    return this.tenure !== null;
  }

  /**
   * @throws FunctionFailed the registration function failed, or its answer was none
   * @throws FunctionTimedOut
   * @throws LedgerUnavailable
   */
  async execute(route: Route<LiveApi>, request: ConnectRequest): Promise<Admission> {
    const { traffic } = route.target;
    try {
      const admission = await this.admit(route, request);
      traffic.connected(admission.outcome);
      return admission;
    } catch (error) {
      traffic.connected('failed');
      throw error;
    }
  }

  private async admit(
    { target, pathParameters }: Route<LiveApi>,
    request: ConnectRequest,
  ): Promise<Admission> {
    const { tenure } = this;
    if (!tenure) return { outcome: 'unavailable' };
    if (!isAllowedOrigin(target.api, request.headers)) return { outcome: 'forbidden' };
    const authentication = target.api.authenticator?.authenticate(request.headers);
    if (authentication?.outcome === 'unauthorized') return authentication;
    if (!this.hasRoomFor(target, request)) return { outcome: 'full' };
    const candidate = { request, pathParameters, identity: identityOf(authentication) };
    return this.open(tenure, target, candidate);
  }

  private hasRoomFor(live: LiveApi, { sourceIp }: ConnectRequest): boolean {
    return this.obligations.count < this.limits.maxConnections && live.hasRoomFor(sourceIp);
  }

  private async open(tenure: Tenure, live: LiveApi, candidate: Candidate): Promise<Admission> {
    const { sourceIp, secWebSocketProtocol } = candidate.request;
    const session = live.connect(sourceIp);
    await this.note(tenure, live, session);
    if (!session.isReachable) return this.turnAway(live, session);
    const answer = await this.register(live, session, candidate);
    if (session.hasEnded) return { outcome: 'unavailable' };
    if (!answer.accepted) {
      live.discard(session, CloseCode.closedByApplication, answer.errMsg);
      return { outcome: 'refused', errNo: answer.errNo, errMsg: answer.errMsg };
    }
    return { outcome: 'admitted', session, protocol: chooseProtocol(answer.protocols, secWebSocketProtocol) };
  }

  /** The gateway began to stop before the function heard of the client. */
  private turnAway(live: LiveApi, session: Session): Admission {
    if (!session.hasEnded) live.discard(session, CloseCode.goingAway, 'going away');
    return { outcome: 'unavailable' };
  }

  /** Before the registration, so that a gateway that dies during it leaves a trace. */
  private async note(tenure: Tenure, live: LiveApi, session: Session): Promise<void> {
    try {
      await this.ledger.add(tenure, session.record);
    } catch (error) {
      live.discard(session, CloseCode.restarted, 'the ledger is unavailable');
      throw error;
    }
  }

  private async register(live: LiveApi, session: Session, candidate: Candidate): Promise<RegistrationAnswer> {
    const { register } = live.api.functions;
    if (!register) return { accepted: true, protocols: [] };
    const event = this.event(live, session, candidate);
    try {
      return parseRegistrationAnswer(await register.invoker.invoke(event, register.timeoutMs));
    } catch (error) {
      session.closed(CloseCode.dropped, 'registration failed');
      throw error;
    }
  }

  private event(
    { api: { serviceName, path, stage } }: LiveApi,
    { connectionId }: Session,
    { request, pathParameters, identity }: Candidate,
  ): RegistrationEvent {
    const { sourceIp, headers, queryString, secWebSocketProtocol, secWebSocketExtensions } = request;
    return {
      requestContext: {
        serviceName,
        path,
        httpMethod: 'GET',
        requestId: this.ids.uuid(),
        identity,
        sourceIp,
        stage,
        websocketEnable: true,
      },
      headers,
      queryString,
      pathParameters,
      websocket: {
        action: 'connecting',
        secConnectionID: connectionId,
        ...(secWebSocketProtocol === undefined ? {} : { secWebSocketProtocol }),
        ...(secWebSocketExtensions === undefined ? {} : { secWebSocketExtensions }),
      },
    };
  }
}

/** A client that sends no `Origin` is not a browser: there is nobody whom a page could impersonate. */
function isAllowedOrigin({ allowedOrigins }: Api, headers: ConnectRequest['headers']): boolean {
  const origin = headers['origin']?.toLowerCase();
  if (!allowedOrigins || origin === undefined) return true;
  return allowedOrigins.some((allowed) => allowed.toLowerCase() === origin);
}

function identityOf(authentication: Authentication | undefined): Identity {
  return authentication?.outcome === 'authenticated' ? { secretId: authentication.secretId } : {};
}
