export { type Broadcast, type Recipients, type Target } from './broadcast';
export { BroadcastLedger, type Receipt, type ReceiptPart, type Tally } from './broadcast-ledger.port';
export {
  BroadcastQueue,
  type DeadLetter,
  type LaneBatch,
  type LaneConsumer,
  type LaneHandler,
  MAX_BATCH_BYTES,
  MAX_BATCH_MESSAGES,
  QueueUnavailable,
  type Settlement,
} from './broadcast-queue.port';
export { laneRange, lanesOf } from './lanes';
export { BadData, MAX_PAYLOAD_BYTES, parsePayload, type Payload, payloadBytes, TooLarge } from './payload';
export { type PushFailure, Pusher, type PushMessage, type PushReport } from './pusher.port';
export { decodeQueueMessage, encodeQueueMessage, MalformedMessage, type QueueMessage } from './queue-message';
export { batchLength, gaveUp, MAX_DELIVERIES, pauseAfter, type Waiting } from './redelivery';
