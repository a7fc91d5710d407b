/** The events of contract §1 to §3. Every value inside `websocket` is a string. */
export interface RegistrationEvent {
  readonly requestContext: {
    readonly serviceName: string;
    readonly path: string;
    readonly httpMethod: 'GET';
    readonly requestId: string;
    readonly identity: { readonly secretId?: string };
    readonly sourceIp: string;
    readonly stage: string;
    readonly websocketEnable: true;
  };
  readonly headers: Readonly<Record<string, string>>;
  readonly queryString: Readonly<Record<string, string>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly websocket: {
    readonly action: 'connecting';
    readonly secConnectionID: string;
    readonly secWebSocketProtocol?: string;
    readonly secWebSocketExtensions?: string;
  };
}

export interface TransferEvent {
  readonly requestContext: {
    readonly requestId: string;
    readonly stage: string;
    readonly path: string;
    readonly sourceIp: string;
    /** W3C trace context that the client's message holds. */
    readonly traceparent?: string;
  };
  readonly websocket: {
    readonly action: 'data send';
    readonly secConnectionID: string;
    readonly dataType: 'text' | 'binary';
    readonly data: string;
  };
}

export interface CleanupEvent {
  readonly requestContext: { readonly requestId: string };
  readonly websocket: {
    readonly action: 'closing';
    readonly secConnectionID: string;
    readonly closeCode: string;
    readonly closeReason: string;
  };
}

export type FunctionEvent = RegistrationEvent | TransferEvent | CleanupEvent;
