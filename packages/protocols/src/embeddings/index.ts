export { readEmbeddingReply, writeEmbeddingReply, type Embedding, type EmbeddingReply } from './reply.ts'
export { readEmbeddingRequest, writeEmbeddingRequest, type EmbeddingInput, type EmbeddingRequest } from './request.ts'
