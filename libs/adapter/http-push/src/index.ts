export { HttpPusher, type HttpPusherOptions } from './http-pusher';
export { type PushCredentials } from './push-client';
