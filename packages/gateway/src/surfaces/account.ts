import { asGatewayError } from '@crossfeed/protocols'
import type { Route, Visit } from './surface.ts'
import { writeError, writeJson } from './write-error.ts'

/** What is left: the account as the upstream reports it (EP-10). */
export const usage: Route = {
  methods: ['GET', 'HEAD'],
  dialect: 'chat',
  handle: (visit) => answer(visit, visit.parts.engine.account()),
}

/** The bearer that Crossfeed uses upstream (EP-11). The access check has asked for the admin key. */
export const token: Route = {
  methods: ['GET'],
  dialect: 'chat',
  handle: (visit) =>
    answer(
      visit,
      visit.parts.engine.bearer().then((bearer) => ({ token: bearer })),
    ),
}

function answer(visit: Visit, body: Promise<object>): void {
  body.then(
    (json) => writeJson(visit, 200, json),
    (error: unknown) => writeError(visit, asGatewayError(error), 'chat'),
  )
}
