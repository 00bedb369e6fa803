// Programs that a benchmark starts, and what the kernel says of them. Whatever is still running when the benchmark ends,
// however it ends, is killed.

import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const atEnd = new Set()
process.on('exit', () => {
  for (const each of atEnd) {
    try {
      each()
    } catch (error) {
      // The others still have their turn.
      console.error(error.message)
    }
  }
})
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.once(signal, () => process.exit(code))

/** Does this at the end of the benchmark, also after an error or Ctrl-C. Gives a function that takes it back. */
export function whenDone(work) {
  atEnd.add(work)
  return () => atEnd.delete(work)
}

/** A directory of its own, which is removed at the end. */
export function temporaryDirectory(name = '') {
  const directory = mkdtempSync(join(tmpdir(), `orion-bench-${name}`))
  whenDone(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Starts a program and gives a handle that ends it and removes its directory. */
export function start(command, words, environment = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'orion-bench-'))
  const [printed, said] = ['stdout', 'stderr'].map((name) => join(directory, name))
  const [out, log] = [printed, said].map((path) => openSync(path, 'w'))
  const child = spawn(command, words(directory), {
    stdio: ['ignore', out, log],
    env: { PATH: process.env.PATH, HOME: directory, ...environment },
  })
  for (const file of [out, log]) closeSync(file)
  const ended = new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', resolve)
  })
  const remove = () => rmSync(directory, { recursive: true, force: true })
  // A program that could not be started has no number, and a signal for it would go to our own group.
  const kill = (signal) => child.pid !== undefined && child.kill(signal)
  const forget = whenDone(() => {
    kill('SIGKILL')
    remove()
  })
  return {
    pid: child.pid,
    directory,
    ended,
    /** What it has printed so far. */
    printed: () => readFileSync(printed, 'utf8'),
    /** Throws when the program runs no longer: whoever waits for it would wait for ever. */
    mustRun() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return
      const end = child.exitCode ?? child.signalCode ?? 'it could not be started'
      throw new Error(`${command} has ended (${end}):\n${readFileSync(said, 'utf8').slice(-2000)}`)
    },
    async end() {
      kill('SIGTERM')
      const timer = setTimeout(() => kill('SIGKILL'), 15000)
      await ended
      clearTimeout(timer)
      forget()
      remove()
    },
  }
}

/**
 * Takes a program's file out of the kernel's cache, so that its next start reads it from the disk as after an installation
 * and a restart. A file that was just written lies in the cache in large pieces, and the kernel maps a whole piece for each
 * page that is used: how much is resident would depend on how the file came there.
 */
export function readAnew(command) {
  execFileSync('sync', [command])
  execFileSync('dd', [`if=${command}`, 'iflag=nocache', 'count=0', 'status=none'])
}

/** Memory of a process in MiB: all that is resident, and what of it is its own data (anonymous) and no file's pages. */
export function memoryMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const value = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024
  return { resident: value('VmRSS'), anonymous: value('RssAnon') }
}

/** Fields of /proc/PID/stat from the state on; empty when there is no such process any more. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const ticks = (fields, ...places) => places.reduce((total, at) => total + Number(fields[at] ?? 0), 0) * 10_000

/** CPU time of a process so far (all of its threads), in microseconds; the kernel counts in steps of 10,000. */
export const cpuMicroseconds = (pid) => ticks(statOf(pid), 11, 12)

/** Processes that a process has started and that still run. */
export const children = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

/** CPU time of a process, of its children that run, and of those that have ended. */
export const cpuOfFamily = (pid) =>
  children(pid).reduce((total, child) => total + cpuMicroseconds(child), ticks(statOf(pid), 11, 12, 13, 14))

/** Waits until a measure of CPU time says that next to nothing is done any more: a twentieth of a core for a second. */
export async function atRest(cpu, seconds = 60) {
  const deadline = Date.now() + seconds * 1000
  for (let quiet = 0; quiet < 2; ) {
    if (Date.now() > deadline) throw new Error(`it is still working after ${seconds} s`)
    const before = cpu()
    await sleep(500)
    quiet = cpu() - before < 25_000 ? quiet + 1 : 0
  }
}
