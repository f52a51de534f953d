import type { JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { fitSchema, type StrictSchema } from './strict-schema.ts'

/**
 * What the API compiles of one request (the vendor's "Structured outputs", schema complexity limits): more is a 400. Clients
 * of OpenAI, where strict tools cost nothing, make all of theirs strict.
 */
const most = { tools: 20, optional: 24, unions: 16 }

/** The schemas that the outputs of one request are held to, each as the API can hold an output to it. */
export interface Strictness {
  /** Undefined, and reported, for a format that has to be asked for in words. */
  ofFormat(schema: JsonObject): JsonObject | undefined
  /** Undefined, and reported, for a tool that cannot be strict: it keeps the schema that it has. */
  ofTool(schema: JsonObject, path: string): JsonObject | undefined
}

/** The strict schemas of a request. A client of this API knows its rules and is held to them by the API itself. */
export function createStrictness(prompt: Prompt, traits: Traits, lose: ReportLoss): Strictness {
  if (!prompt.extras?.chat && !prompt.extras?.responses)
    return { ofFormat: (schema) => schema, ofTool: (schema) => schema }
  const used = { tools: 0, optional: 0, unions: 0 }

  function take(fitted: StrictSchema, path: string): JsonObject | undefined {
    const optional = used.optional + fitted.optional
    const unions = used.unions + fitted.unions
    if (used.tools === most.tools || optional > most.optional || unions > most.unions) {
      lose({ path, why: 'Messages cannot hold outputs to so many schemas at once; this one is only asked for' })
      return undefined
    }
    Object.assign(used, { tools: used.tools + 1, optional, unions })
    return fitted.schema
  }

  return {
    ofFormat(schema) {
      const fitted = fitSchema(schema)
      if (!fitted) lose({ path: 'format', why: `${impossible}; an instruction asks for it` })
      const taken = fitted && take(fitted, 'format')
      if (fitted && taken && fitted.told.length > 0)
        lose({
          path: 'format',
          why: `Messages cannot hold an output to ${fitted.told.join(', ')}; the description says it`,
        })
      return taken
    },
    ofTool(schema, path) {
      const fitted = traits.jsonSchema ? fitSchema(schema) : undefined
      // Arguments are held to the schema that the client gave, or to none.
      if (fitted && fitted.told.length === 0 && !fitted.closes) return take(fitted, path) && schema
      if (fitted?.told.length) lose({ path, why: `Messages cannot hold arguments to ${fitted.told.join(', ')}` })
      else if (fitted) lose({ path, why: 'Messages holds arguments only to schemas without additionalProperties' })
      else lose({ path, why: traits.jsonSchema ? impossible : 'the model is held to no schema' })
      return undefined
    },
  }
}

const impossible = 'Messages can hold no output to a schema with free names or of itself'
