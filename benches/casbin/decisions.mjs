// node decisions.mjs DIRECTORY SECONDS: casbin in this process, by one thread. It answers the questions of DIRECTORY/sample.json, then those
// of single.json and bulk.json again and again for so many seconds each; prints the sample's answers and the times in JSON.

import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { decider } from './enforcer.mjs'

const [directory, seconds] = [process.argv[2], Number(process.argv[3])]
const read = (name) => JSON.parse(readFileSync(`${directory}/${name}.json`, 'utf8'))
const decide = await decider(directory)

function times(questions) {
  const taken = []
  const until = performance.now() + seconds * 1000
  for (let at = 0; performance.now() < until; at += 1) {
    const began = performance.now()
    decide(questions[at % questions.length])
    taken.push(performance.now() - began)
  }
  return taken
}

const answers = read('sample').map(decide)
console.log(JSON.stringify({ answers, single: times(read('single')), bulk: times(read('bulk')) }))
