export { HttpPusher, type HttpPusherOptions } from './http-pusher';
