/** The functions, as contract §1 to §3 call them. */
export type FunctionName = 'register' | 'transfer' | 'cleanup';

const STAGE = { stage: 'release', path: '/websocket', sourceIp: '127.0.0.1' };

/** An event for a connection, as the gateway sends it. */
export function eventFor(name: FunctionName, connectionId: string): object {
  const requestContext = { ...STAGE, requestId: `request of ${connectionId}` };
  if (name === 'cleanup') {
    const websocket = {
      action: 'closing',
      secConnectionID: connectionId,
      closeCode: '1001',
      closeReason: '',
    };
    return { requestContext, websocket };
  }
  if (name === 'register') {
    return {
      requestContext: { ...requestContext, serviceName: 'bench', httpMethod: 'GET', websocketEnable: true },
      headers: {},
      queryString: {},
      pathParameters: {},
      websocket: { action: 'connecting', secConnectionID: connectionId },
    };
  }
  const data = '{"action":"whoami"}';
  return {
    requestContext,
    websocket: { action: 'data send', secConnectionID: connectionId, dataType: 'text', data },
  };
}
