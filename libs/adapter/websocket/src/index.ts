export { HttpNodeForwarder, type HttpNodeForwarderOptions, type NodeTls } from './http-node-forwarder';
export { PublicListener, type PublicListenerOptions } from './public-listener';
export { PushListener, type PushListenerOptions } from './push-listener';
export { parsePush } from './push-request';
export { type TlsCredentials } from './tls';
