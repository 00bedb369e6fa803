// ./orion bench users
import { measureDecisions, reportDecisions } from './lib/users/authz.mjs'
import { measureLists, reportLists } from './lib/users/lists.mjs'
import { measureMe, reportMe } from './lib/users/me.mjs'
import { options } from './lib/options.mjs'
import { startServers } from './lib/servers.mjs'
import { startSmtpSink } from './lib/smtp.mjs'

const { rounds, seconds, requests, verbose, only, part, contestants } = options(
  { rounds: 3, seconds: 5, requests: 100 },
  ['sqlite', 'postgres'],
  { parts: ['decisions', 'me', 'lists'], switches: ['verbose'] },
)

const environments = {
  sqlite: async () => () => ({}),
  postgres: async () => {
    const servers = startServers(['postgres'])
    const sink = await startSmtpSink()
    return () => ({ ...servers.environment(['postgres']), ORION_MAIL_SMTP_URL: sink.url })
  },
}

for (const [database, prepare] of Object.entries(environments)) {
  if (!only(database)) continue
  const environment = await prepare()
  if (part('decisions')) reportDecisions(await measureDecisions({ contestants, rounds, seconds, database, environment }))
  if (part('me')) reportMe(await measureMe({ contestants, rounds, seconds, database, environment }))
  if (part('lists')) reportLists(await measureLists({ contestants, requests, database, environment, verbose }))
}
