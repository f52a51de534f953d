import { randomUUID } from 'node:crypto'
import { parseJson, type Json } from '@crossfeed/protocols'
import type { HookRunner } from '../hooks/run-hooks.ts'
import type { PermissionGate, Verdict } from '../permissions/gate.ts'
import type { AskedPermission } from '../permissions/permission.ts'
import type { EventLog } from '../session/event-log.ts'
import type { Pending } from '../session/pending.ts'
import { untilAborted } from '../session/until-aborted.ts'
import { failedResult, toToolResult } from './result.ts'
import type { LimitOutput } from './large-output.ts'
import { isZodSchema, type JsonValue, type Tool, type ToolResultObject } from './tool.ts'
import type { OfferedTool } from './toolbox.ts'

/** A call that the model made. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  /** As the model wrote it: JSON, if it is in order. */
  readonly input: string
}

/** What a call needs around it. */
export interface ToolRunner {
  readonly sessionId: string
  readonly tools: ReadonlyMap<string, OfferedTool>
  readonly log: EventLog
  readonly hooks: HookRunner
  readonly gate: PermissionGate
  /** Calls of tools that are only declared. */
  readonly pending: Pending<ToolResultObject>
  readonly limitOutput: LimitOutput
}

/** A call's end. */
export interface Ran {
  readonly result: ToolResultObject
  /** The tool ends the run. */
  readonly ends: boolean
}

/** Runs one call with its hooks, its permission and its events. Never rejects: what fails is a failed result. */
export async function runTool(call: ToolCall, runner: ToolRunner, turnId: string, signal: AbortSignal): Promise<Ran> {
  const { log, hooks } = runner
  const offered = runner.tools.get(call.name)
  const given = call.input.trim() === '' ? {} : parseJson(call.input)
  const pre = offered && (await hooks.run('onPreToolUse', { toolName: call.name, toolArgs: given }))
  const args = pre?.modifiedArgs === undefined ? given : toJson(pre.modifiedArgs)
  log.emit('tool.execution_start', {
    toolCallId: call.id,
    toolName: call.name,
    turnId,
    ...(args === undefined ? {} : { arguments: mutable(args) }),
    ...(offered?.mcp ? { mcpServerName: offered.mcp.server, mcpToolName: offered.mcp.toolName } : {}),
  })
  const context = [pre?.additionalContext]
  let result = await decideAndRun()
  if (result.resultType === 'success') {
    const post = await hooks.run('onPostToolUse', { toolName: call.name, toolArgs: args, toolResult: result })
    result = post?.modifiedResult ?? result
    context.push(post?.additionalContext)
  } else if (result.resultType === 'failure') {
    const error = result.error ?? result.textResultForLlm
    const post = await hooks.run('onPostToolUseFailure', { toolName: call.name, toolArgs: args, error })
    context.push(post?.additionalContext)
  }
  result = await runner.limitOutput(call.id, withContext(result, context))
  tellEnd(log, call.id, turnId, result)
  return { result, ends: offered?.tool?.isTerminal === true && result.resultType === 'success' }

  async function decideAndRun(): Promise<ToolResultObject> {
    if (!offered) return failedResult(`There is no tool named ${call.name}.`)
    if (args === undefined) return failedResult(`The arguments of ${call.name} are not valid JSON.`)
    const verdict = await decide(offered, args)
    if (!verdict.approved) return failedResult(verdict.message, 'denied')
    try {
      signal.throwIfAborted()
      return await execute(offered, args)
    } catch (error) {
      if (signal.aborted) return failedResult('The user stopped the run before this tool was done.', 'rejected')
      return failedResult(error instanceof Error ? error.message : String(error))
    }
  }

  async function decide(tool: OfferedTool, argument: Json): Promise<Verdict> {
    const decision = pre?.permissionDecision
    const request = requestFor(tool, call.id, argument)
    if (decision === 'deny') return runner.gate.decide(request, false, pre?.permissionDecisionReason)
    if (decision === 'allow') return runner.gate.decide(request, true, pre?.permissionDecisionReason)
    if (decision !== 'ask' && tool.tool?.skipPermission === true) return { approved: true, message: '' }
    return runner.gate.ask(request, signal)
  }

  async function execute(tool: OfferedTool, argument: Json): Promise<ToolResultObject> {
    if (tool.mcp) {
      const { server, toolName } = tool.mcp
      const input = { toolCallId: call.id, serverName: server, toolName, arguments: argument }
      const meta = (await hooks.run('onPreMcpToolCall', input))?.metaToUse
      return tool.mcp.call(argument, meta ?? undefined, signal)
    }
    if (!tool.tool?.handler) return waitForProgram(argument)
    const invocation = {
      sessionId: runner.sessionId,
      toolCallId: call.id,
      toolName: call.name,
      arguments: argument,
      signal,
    }
    const work = Promise.resolve(tool.tool.handler(checked(tool.tool, argument), invocation))
    // A handler that does not heed its signal holds up nobody.
    return toToolResult(await untilAborted(work, signal))
  }

  async function waitForProgram(argument: Json): Promise<ToolResultObject> {
    const requestId = randomUUID()
    const answer = runner.pending.wait(requestId, signal)
    log.emit('external_tool.requested', {
      requestId,
      sessionId: runner.sessionId,
      toolCallId: call.id,
      toolName: call.name,
      arguments: mutable(argument),
    })
    const result = await answer
    log.emit('external_tool.completed', { requestId })
    return result
  }
}

/** The arguments, checked and completed by the schema where it is one that can. Throws what it throws. */
function checked(tool: Tool, argument: Json): unknown {
  const schema = tool.parameters
  if (schema === undefined || !isZodSchema(schema)) return argument
  return 'parse' in schema && typeof schema.parse === 'function' ? schema.parse(argument) : argument
}

function requestFor(tool: OfferedTool, toolCallId: string, argument: Json): AskedPermission {
  const args = mutable(argument)
  if (tool.mcp) {
    const { server, toolName, title, readOnly } = tool.mcp
    return { kind: 'mcp', toolCallId, serverName: server, toolName, toolTitle: title, readOnly, args }
  }
  return { kind: 'custom-tool', toolCallId, toolName: tool.name, toolDescription: tool.description, args }
}

function withContext(result: ToolResultObject, context: readonly (string | undefined)[]): ToolResultObject {
  const added = context.filter((one) => one !== undefined && one !== '')
  return added.length === 0 ? result : { ...result, textResultForLlm: [result.textResultForLlm, ...added].join('\n\n') }
}

function tellEnd(log: EventLog, toolCallId: string, turnId: string, result: ToolResultObject): void {
  const { textResultForLlm, resultType, sessionLog, error } = result
  const success = resultType === 'success'
  log.emit('tool.execution_complete', {
    toolCallId,
    success,
    turnId,
    ...(success
      ? { result: { content: textResultForLlm, ...(sessionLog === undefined ? {} : { detailedContent: sessionLog }) } }
      : { error: { message: error ?? textResultForLlm, code: resultType } }),
  })
}

/** A value as plain JSON; undefined for what JSON has no word for. */
function toJson(value: unknown): Json | undefined {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : parseJson(text)
}

/** Read-only JSON as the type that programs are given; it is told, and never changed here. */
function mutable(value: Json): JsonValue {
  // Json differs from JsonValue only by being read-only and by members that are undefined, which parsed JSON has not.
  return value as JsonValue
}
