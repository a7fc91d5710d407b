import type { IdSource } from '@sendback/domain/runtime';
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
  readonly sourceIp: string;
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
  /** There are as many connections as the limit allows. */
  | { readonly outcome: 'full' };

/**
 * Lets a client in (contract §1): ledger, registration, and then the upgrade. Where it stays open whether the
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
    if (!this.tenure) return { outcome: 'unavailable' };
    if (this.obligations.count >= this.limits.maxConnections) return { outcome: 'full' };
    if (!target.hasRoomFor(request.sourceIp)) return { outcome: 'full' };
    const session = target.connect(request.sourceIp);
    await this.note(this.tenure, target, session);
    if (!session.isReachable) return this.turnAway(target, session);
    const answer = await this.register(target, session, pathParameters, request);
    if (session.hasEnded) return { outcome: 'unavailable' };
    if (!answer.accepted) {
      target.discard(session, CloseCode.closedByApplication, answer.errMsg);
      return { outcome: 'refused', errNo: answer.errNo, errMsg: answer.errMsg };
    }
    const protocol = chooseProtocol(answer.protocols, request.secWebSocketProtocol);
    return { outcome: 'admitted', session, protocol };
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

  private async register(
    live: LiveApi,
    session: Session,
    pathParameters: Readonly<Record<string, string>>,
    request: ConnectRequest,
  ): Promise<RegistrationAnswer> {
    const { register } = live.api.functions;
    if (!register) return { accepted: true, protocols: [] };
    const event = this.event(live, session, pathParameters, request);
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
    pathParameters: Readonly<Record<string, string>>,
    { sourceIp, headers, queryString, secWebSocketProtocol, secWebSocketExtensions }: ConnectRequest,
  ): RegistrationEvent {
    return {
      requestContext: {
        serviceName,
        path,
        httpMethod: 'GET',
        requestId: this.ids.uuid(),
        identity: {},
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
