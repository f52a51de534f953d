import { thinksBesideTools } from '../rewrite/effort-beside-tools.ts'
import { refusesToolsWithEffort } from './other-endpoint.ts'
import type { Recovery } from './recovery.ts'

/**
 * A model that calls no functions in Chat Completions while it reasons, where the supply has no other endpoint (`endpoints`, or
 * `wireApi` of the SDK): the tools are what the work is done with, so that requests with tools are sent with the effort `none`.
 */
export const effortBesideTools: Recovery = {
  name: 'effort-beside-tools',
  matches: ({ message, status }, { body, target, elsewhere }) =>
    !elsewhere &&
    target.protocol === 'chat' &&
    (status === 400 || status === 422) &&
    refusesToolsWithEffort(message) &&
    thinksBesideTools(body),
  repair(_error, { teach }) {
    teach((known) => void (known.effortBesideTools = true))
    return 0
  },
}
