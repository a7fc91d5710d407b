export { AcceptBroadcast, type NewBroadcast } from './accept-broadcast';
export { BroadcastAction } from './actions/broadcast-action';
export { JoinAction } from './actions/join-action';
export { LeaveAction } from './actions/leave-action';
export { OnlineAction } from './actions/online-action';
export { PublishAction } from './actions/publish-action';
export { ConnectionGone, ConnectionSlow, PushFailed, SendAction } from './actions/send-action';
export { WhoamiAction } from './actions/whoami-action';
export { type Broadcast, MAX_TARGET_CONNECTIONS, type Recipients, type Target } from './broadcast';
export {
  type Announcement,
  BroadcastLedger,
  type Receipt,
  type ReceiptPart,
  type Tally,
} from './broadcast-ledger.port';
export {
  BroadcastQueue,
  type LaneBatch,
  type LaneConsumer,
  type LaneHandler,
  MAX_BATCH_MESSAGES,
  QueueUnavailable,
  type Settlement,
} from './broadcast-queue.port';
export { Broadcaster } from './broadcaster';
export { type ActionReply, type ActionRequest, ClientAction } from './client-action';
export { type DeadLetter, DeadLetterStore, type NewDeadLetter } from './dead-letter-store.port';
export { DisconnectClient } from './disconnect-client';
export { FanOut, FanOutInterrupted } from './fan-out';
export { laneOf, lanesOf } from './lanes';
export { BadData, MAX_PAYLOAD_BYTES, parsePayload, type Payload, payloadBytes, TooLarge } from './payload';
export { type PushFailure, Pusher, type PushMessage, type PushReport } from './pusher.port';
export { BroadcastConflict, ProduceBroadcast } from './produce-broadcast';
export { decodeQueueMessage, encodeQueueMessage, MalformedMessage, type QueueMessage } from './queue-message';
export { batchLength, gaveUp, MAX_DELIVERIES, pauseAfter, type Waiting } from './redelivery';
export { RequeueDeadLetter } from './requeue-dead-letter';
export { type ClientMessage, RouteClientMessage, UnknownAction } from './route-client-message';
