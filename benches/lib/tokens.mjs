// Access tokens by the thousand, each from a real refresh, and a wrk script that sends them.

import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { Connection } from './http.mjs'
import { signIn } from './platform.mjs'

/** Users whose tokens they are: as many as refresh at once. */
const USERS = 64

/** Sessions of USERS users; gives a function that gathers so many new access tokens. */
export async function tokenSource({ ports }) {
  const sessions = []
  for (let number = 0; number < USERS; number += 1) sessions.push(await signIn(ports, 1000 + number, ports.auth))
  return async (count) => {
    const tokens = []
    await Promise.all(sessions.map(async (session) => {
      const connection = await Connection.open(ports.auth)
      while (tokens.length < count) {
        const { status, text } = await connection.post('/api/v1/auth/refresh', JSON.stringify({ refresh_token: session.refresh_token }))
        if (status !== 200) throw new Error(`a refresh is answered ${status}: ${text}`)
        session.refresh_token = JSON.parse(text).refresh_token
        tokens.push(JSON.parse(text).access_token)
      }
      connection.close()
    }))
    return tokens.slice(0, count)
  }
}

/** So many picks of ranks 1 to `ranks`, each rank as often as 1/rank says (Zipf's law with exponent 1). */
export function zipf(ranks, picks) {
  const sums = new Float64Array(ranks)
  let sum = 0
  for (let at = 0; at < ranks; at += 1) {
    sum += 1 / (at + 1)
    sums[at] = sum
  }
  return Array.from({ length: picks }, () => {
    const wanted = Math.random() * sum
    let [low, high] = [0, ranks - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low + 1
  })
}

/** One request of NEW_EVERY has a token that was never sent before. */
export const NEW_EVERY = 100

/** Writes the wrk script and what it reads; gives a function that says how wrk is called with these fresh tokens. */
export function tokenScript(directory, tokens, order) {
  const lines = (name, values) => {
    const path = join(directory, name)
    writeFileSync(path, `${values.join('\n')}\n`)
    return path
  }
  const known = lines('tokens', tokens)
  const picks = lines('order', order)
  const script = lines('tokens.lua', [`
local function heads(path)
  local all = {}
  for token in io.lines(path) do
    wrk.headers["Authorization"] = "Bearer " .. token
    all[#all + 1] = wrk.format()
  end
  return all
end
local known, fresh, order, sent, new = {}, {}, {}, 0, 0
function init(words)
  known, fresh = heads(words[1]), heads(words[3])
  for rank in io.lines(words[2]) do order[#order + 1] = tonumber(rank) end
end
function request()
  sent = sent + 1
  if sent % ${NEW_EVERY} == 0 then
    new = new + 1
    if new > #fresh then error("the new tokens are used up") end
    return fresh[new]
  end
  return known[order[sent % #order + 1]]
end`])
  return (fresh) => {
    const words = [known, picks, lines('fresh', fresh)]
    return { before: ['-s', script], after: ['--', ...words] }
  }
}
