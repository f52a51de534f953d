// Chat Completions, Responses, Messages and embeddings as pure functions from JSON to JSON. `translate` carries a request from one
// protocol to another and its answer back; `chat`, `messages` and `responses` each read and write one of them.

export { chat } from './chat/index.ts'
export { messages } from './messages/index.ts'
export { responses } from './responses/index.ts'
export { readableIssuer } from './responses/items.ts'
export { readEmbeddingReply, writeEmbeddingReply, type EmbeddingReply } from './embeddings/reply.ts'
export { readEmbeddingRequest, writeEmbeddingRequest, type EmbeddingRequest } from './embeddings/request.ts'
export { choosePlan, type Plan } from './plan.ts'
export { chain, translate, translateEvents, type Crossing, type CrossingOptions } from './translate.ts'
export { untypedTool } from './repair/client-tools/typed-tools.ts'
export { effortOfBudget, efforts, fitBudget, leastBudget, nearestEffort, type Effort } from './core/effort.ts'
export {
  asGatewayError,
  errorWith,
  codeOfStatus,
  GatewayError,
  tellError,
  type ErrorCode,
  type GatewayErrorOptions,
  type UpstreamError,
} from './core/error.ts'
export type { Machine, ReplyEvent } from './core/events.ts'
export { parseBody } from './core/exact-json.ts'
export {
  asBoolean,
  asNumber,
  asObject,
  asObjects,
  asString,
  isObject,
  parseJson,
  parseObject,
  type Json,
  type JsonObject,
  type MutableJson,
} from './core/json.ts'
export { madeUpCallId } from './core/made-up-id.ts'
export { nearest, slips } from './core/nearest.ts'
export type { Loss, ReportLoss } from './core/loss.ts'
export type { Part } from './core/part.ts'
export type { Prompt, Tool, Turn } from './core/prompt.ts'
export type { Asked, Extras, Protocol, ProtocolId, ReplyWriter, WireEvent } from './core/protocol.ts'
export { foldEvents, unfoldReply, type Finish, type Reply } from './core/reply.ts'
export { isSealFor, unwrapSeal, wrapSeal, type Seal } from './core/seal.ts'
export { plainTraits, type Traits } from './core/traits.ts'
export { readUpstreamError, tellsFailure } from './core/upstream-error.ts'
export type { Usage } from './core/usage.ts'
