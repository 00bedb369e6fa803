// PocketBase as sign-ins are measured. Its passwords are bcrypt of cost 10 and cannot be anything else; its refresh gives a
// new token and writes nothing: an old one stays good until it expires. It has no introspection.

import { request, until200 } from '../http.mjs'
import { PASSWORD } from '../platform.mjs'
import { startPocketbase } from '../pocketbase.mjs'

const USERS = '/api/collections/users'

export async function startPocketbaseAuth(command) {
  const running = await startPocketbase(command)
  await until200(running, running.port, '/api/health')
  return {
    ...running,
    async person(number) {
      const email = `bench-${number}@example.com`
      const body = { email, password: PASSWORD, passwordConfirm: PASSWORD }
      const made = await request('POST', running.port, `${USERS}/records`, { body })
      if (made.status !== 200) throw new Error(`an account is answered ${made.status}: ${made.text}`)
      const signedIn = await request('POST', running.port, `${USERS}/auth-with-password`, { body: { identity: email, password: PASSWORD } })
      if (signedIn.status !== 200) throw new Error(`a sign-in is answered ${signedIn.status}: ${signedIn.text}`)
      const { token, record } = JSON.parse(signedIn.text)
      return someone(email, record.id, token)
    },
  }
}

function someone(email, id, first) {
  let token = first
  const credentials = JSON.stringify({ identity: email, password: PASSWORD })
  const caller = () => `authorization: ${token}\r\n`
  const take = ({ status, text }, what) => {
    if (status !== 200) throw new Error(`${what} is answered ${status}: ${text}`)
    return JSON.parse(text)
  }
  return {
    async signIn(connection) {
      token = take(await connection.post(`${USERS}/auth-with-password`, credentials), 'a sign-in').token
    },
    async refresh(connection) {
      token = take(await connection.send('POST', `${USERS}/auth-refresh`, caller(), ''), 'a refresh').token
    },
    async me(connection) {
      take(await connection.get(`${USERS}/records/${id}`, caller()), 'me')
    },
  }
}
