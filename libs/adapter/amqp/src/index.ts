export { type AmqpUrl, parseAmqpUrl } from './amqp-url';
export { AmqpBroadcastQueue, type AmqpBroadcastQueueOptions } from './broadcast-queue';
