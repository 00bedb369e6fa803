// casbin as it is quickest with these data: all in memory, answers without a promise, and what costs least to compare first in the
// matcher, so that the roles of a person are followed only for rules about the permission that is asked for. It looks at its rules in
// turn until one allows.

import { newEnforcer } from 'casbin'

/** Reads model and rules; gives a function that says whether someone may do each of the things that are asked. */
export async function decider(directory) {
  const enforcer = await newEnforcer(`${directory}/model.conf`, `${directory}/policy.csv`)
  return ({ person, asked }) => asked.map((permission) => enforcer.enforceSync(person, permission))
}
