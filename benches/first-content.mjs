// ./orion bench first-content [--rounds N] [--base BINARY]: from the address to the heading of the console's pages, painted,
// over slow 4G (150 ms there and back, 1.6 Mbit/s) with a CPU four times slower than this one, and nothing in the cache. It
// takes Playwright from web/ and the machine's Chromium.

import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import { options } from './lib/options.mjs'
import { allReady, startOrion } from './lib/platform.mjs'
import { sleep } from './lib/process.mjs'
import { goal, median, table } from './lib/report.mjs'

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))('@playwright/test')

const SLOW_4G = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 }
const SLOWER = 4
const PAGES = [
  { name: 'signed in, /', path: '/', signedIn: true },
  { name: 'signed out, /sign-in', path: '/sign-in', signedIn: false },
]

const { rounds, contestants } = options({ rounds: 5 })

/** The token of the link for the first administrator, which is printed a moment after all services are ready. */
async function setupToken(platform) {
  for (let tries = 0; tries < 500; tries += 1) {
    const [, token] = /#([\w-]+)/.exec(platform.printed()) ?? []
    if (token) return token
    await sleep(10)
  }
  throw new Error(`there is no link for the first administrator in what ORION has printed:\n${platform.printed()}`)
}

/** Makes the first administrator; gives what a browser keeps of the session. */
async function signIn(browser, platform, origin) {
  const token = await setupToken(platform)
  const context = await browser.newContext({ extraHTTPHeaders: { 'x-orion-csrf': '1', origin } })
  const data = { token, email: 'bench@example.com', display_name: 'Bench', password: 'correct horse battery staple' }
  const answer = await context.request.post(`${origin}/console/setup`, { data })
  if (!answer.ok()) throw new Error(`set-up answered ${answer.status()}: ${await answer.text()}`)
  const state = await context.storageState()
  await context.close()
  return state
}

/** Notes in the page when its heading has been painted: the frame after the one that it came in. */
function noteHeading() {
  const look = new MutationObserver(() => {
    if (!document.querySelector('h1')) return
    look.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => (window.headingAt = performance.now())))
  })
  look.observe(document, { childList: true, subtree: true })
}

/** One load from nothing, in ms since the address was gone to: its first paint with content, and its heading. */
async function load(browser, url, storageState) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, storageState })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', SLOW_4G)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.addInitScript(noteHeading)
  await page.goto(url, { waitUntil: 'commit' })
  await page.waitForFunction(() => window.headingAt && performance.getEntriesByName('first-contentful-paint').length > 0, undefined, { timeout: 30000 })
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    heading: window.headingAt,
  }))
  await context.close()
  return times
}

// As the browser tests choose it (web/e2e/fixtures/chromium.ts).
const name = process.env.CHROMIUM || 'chromium'
const executablePath = isAbsolute(name) ? name : execFileSync('which', [name], { encoding: 'utf8' }).trim()
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const rows = []
const reached = []
try {
  for (const { name, command } of contestants) {
    const platform = await startOrion({ command })
    await allReady(platform)
    const origin = `http://localhost:${platform.ports.admin}`
    const state = await signIn(browser, platform, origin)
    for (const { name: page, path, signedIn } of PAGES) {
      const loads = []
      for (let round = 0; round < rounds; round += 1) loads.push(await load(browser, origin + path, signedIn ? state : undefined))
      const headings = loads.map(({ heading }) => heading)
      rows.push([`${page}, ${name}`, rounds, median(loads.map(({ paint }) => paint)), median(headings), Math.max(...headings)])
      if (name === 'this') reached.push({ page, middle: median(headings) })
    }
    await platform.end()
  }
} finally {
  await browser.close()
}
table(['first content, ms', 'loads', 'first paint', 'heading', 'slowest'], rows.map((row) => row.map((cell, at) => (at > 1 ? cell.toFixed(0) : cell))))
for (const { page, middle } of reached) goal(`${page}: heading after at most 2 s`, `${(middle / 1000).toFixed(2)} s`, middle <= 2000)
