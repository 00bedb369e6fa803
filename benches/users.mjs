// ./orion bench users [--part decisions|me|lists] [--only sqlite|postgres] [--rounds N] [--seconds S] [--requests N] [--base BINARY]
// [--verbose]: the users service, with peers in the same run and in turns.
//
// - decisions: `POST /api/v1/authz/check` one by one and 200 at once, over a thousand roles and a hundred thousand grants, beside casbin and
//   a policy in Rego. All answer a sample alike, or the benchmark ends. ORION_RESOLVER names the command that runs ORION's resolver
//   in process (crates/http/examples/resolver.rs, which the launcher builds): it is given a directory and seconds, and reads and prints
//   what benches/rego/decisions.py does.
// - me: reading one's own profile through the gateway, beside PocketBase's record read, by 1, 16 and 64 clients.
// - lists: pages and searches of a hundred thousand people by an administrator, each --requests times by one client. --verbose
//   tells each page as it is measured and, on PostgreSQL, the plans of the slowest.
//
// Roles, grants and people are written into the tables of a platform that was started once and has ended (lib/users/database.mjs);
// it is then started again. Client and servers share the machine's cores.

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
