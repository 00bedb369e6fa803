import { Connection } from '../http.mjs'

/** Does something with so many connections, and closes them. */
export async function connected(port, count, work) {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}
