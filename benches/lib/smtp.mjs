// An SMTP server on loopback that takes every mail and throws it away (RFC 5321, no TLS, PIPELINING).

import { createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { whenDone } from './process.mjs'

/** Starts it; gives its URL, and how many mails it has taken. */
export async function startSmtpSink() {
  const sink = { mails: 0, last: 0 }
  const server = createServer({ noDelay: true }, (socket) => converse(socket, sink))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Not a reason to go on when everything else has ended.
  server.unref()
  whenDone(() => server.close())
  sink.url = `smtp+plain://127.0.0.1:${server.address().port}`
  return sink
}

function converse(socket, sink) {
  let received = ''
  let inMail = false
  const say = (text) => socket.write(`${text}\r\n`)
  socket.unref()
  socket.on('error', () => socket.destroy())
  socket.setTimeout(120000, () => socket.destroy())
  say('220 localhost ESMTP sink')
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    if (received.length > 1_000_000) return socket.destroy()
    for (;;) {
      const mark = inMail ? '\r\n.\r\n' : '\r\n'
      const end = received.indexOf(mark)
      if (end < 0) return
      const line = received.slice(0, end)
      received = received.slice(end + mark.length)
      if (inMail) {
        inMail = false
        sink.mails += 1
        sink.last = performance.now()
        say('250 2.0.0 Ok: thrown away')
        continue
      }
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO') say('250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8')
      else if (verb === 'DATA') {
        inMail = true
        say('354 End with a line of one dot')
      } else if (verb === 'QUIT') {
        say('221 2.0.0 Bye')
        socket.end()
      } else if (['HELO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb)) say('250 2.0.0 Ok')
      else say('502 5.5.1 Not known here')
    }
  })
}
