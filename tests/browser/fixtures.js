// A server, people with a browser of their own each, and guards that fail a test for what a page must never do.

import { expect, test as base } from '@playwright/test'
import { Weft } from '../clients/stock/weft.js'

/** What Chromium itself logs when the network or the server is away on purpose. */
export const OUTAGE = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_NETWORK_CHANGED|WebSocket connection to .* failed/

/** A page whose server is gone asks whether it answers at all; tests stop theirs while pages are open. */
const PROBE = /ERR_CONNECTION_\w+ \S*\/healthz$/

let people = 0

export const test = base.extend({
  /** A server shared by the tests of one worker. */
  weft: [async ({}, use) => {
    const weft = await Weft.start()
    await use(weft)
    await weft.dispose()
  }, { scope: 'worker' }],

  /** A server of this test's own, to be killed and restarted. */
  ownWeft: async ({}, use) => {
    const weft = await Weft.start()
    await use(weft)
    await weft.dispose()
  },

  /** A server that wants tokens, and the way to mint them. */
  closedWeft: async ({}, use) => {
    const key = 'a secret of the tests, long enough'
    const weft = await Weft.start({ args: ['--auth-key', key] })
    weft.mint = (documents, ...more) => weft.token(key, documents, more)
    await use(weft)
    await weft.dispose()
  },

  /** Makes people: `await person()` is one with a fresh browser profile, whose console may log only what is `expected`. */
  person: async ({ browser }, use) => {
    const all = []
    await use(async (options = {}) => {
      const someone = await Person.arrive(browser, options)
      all.push(someone)
      return someone
    })
    const complaints = all.flatMap(someone => someone.complaints())
    for (const someone of all) await someone.context.close()
    expect(complaints, 'console errors, policy violations and requests to other origins').toEqual([])
  },
})

export { expect }

/** A document name no other test uses. */
export function freshName (stem) {
  people += 1
  return `${stem} ${process.pid}-${Date.now().toString(36)}-${people}`
}

export class Person {
  static async arrive (browser, { expected = /^never$/, ...context } = {}) {
    const someone = new Person()
    someone.expected = expected
    someone.errors = []
    someone.origins = new Set()
    // What a worker answers, tests of the network would not see; the one about the worker lets it in.
    someone.context = await browser.newContext({ serviceWorkers: 'block', ...context })
    await someone.context.exposeBinding('weftPolicyViolation', (_source, text) => someone.errors.push(`policy: ${text}`))
    await someone.context.addInitScript(() => {
      addEventListener('securitypolicyviolation', event =>
        globalThis.weftPolicyViolation(`${event.violatedDirective} blocked ${event.blockedURI || event.sourceFile}`))
    })
    someone.context.on('page', page => someone.watch(page))
    someone.page = await someone.context.newPage()
    return someone
  }

  watch (page) {
    page.on('console', message => message.type() === 'error' && this.errors.push(`console: ${message.text()} ${message.location().url}`))
    page.on('pageerror', error => this.errors.push(`exception: ${error.stack ?? error}`))
    page.on('request', request => this.origins.add(new URL(request.url()).origin))
    page.on('websocket', socket => this.origins.add(new URL(socket.url()).origin.replace(/^ws/, 'http')))
  }

  complaints () {
    const own = new Set([this.origin, 'null'])
    const foreign = [...this.origins].filter(origin => !own.has(origin)).map(origin => `request to ${origin}`)
    return [...foreign, ...this.errors.filter(error => !this.expected.test(error) && !PROBE.test(error))]
  }

  /** Opens a document and waits until it can be edited. */
  async open (weft, name, page = this.page) {
    this.origin = weft.origin
    await page.goto(`${weft.origin}/d/${encodeURIComponent(name)}`)
    await this.canEdit(page)
    return this
  }

  /** Opens a whiteboard and waits until it can be drawn on; with a token, until it is shown. */
  async openBoard (weft, name, token) {
    this.origin = weft.origin
    await this.page.goto(`${weft.origin}/w/${encodeURIComponent(name)}${token ? `?token=${token}` : ''}`)
    await expect(this.page.locator('body[data-loaded="true"][data-canvas="ready"]')).toBeAttached()
    return this
  }

  /** Opens a document by a link with a token, and does not wait for anything. */
  async visit (weft, name, token) {
    this.origin = weft.origin
    await this.page.goto(`${weft.origin}/d/${encodeURIComponent(name)}${token ? `?token=${token}` : ''}`)
    return this
  }

  async home (weft) {
    this.origin = weft.origin
    await this.page.goto(`${weft.origin}/`)
    await expect(this.page.getByRole('list', { name: 'Documents' })).not.toHaveAttribute('aria-busy', 'true')
    return this
  }

  async canEdit (page = this.page) {
    await expect(page.locator('body')).toHaveAttribute('data-loaded', 'true')
    await expect(this.text(page)).toHaveAttribute('contenteditable', 'true')
  }

  text (page = this.page) { return page.getByRole('textbox', { name: 'Document body' }) }
  title () { return this.page.getByRole('textbox', { name: 'Document title' }) }
  saveState () { return this.page.getByTestId('save-state') }

  /** Types at the end of the text. */
  async type (words) {
    await this.text().click()
    await this.page.keyboard.press('Control+End')
    await this.page.keyboard.type(words)
  }

  /** The text as the document holds it: what is on screen has the others' carets in it. */
  async words (page = this.page) {
    // A page that is still loading has no text yet.
    return await page.evaluate(() => globalThis.weft?.editor.getText({ blockSeparator: '\n' })).catch(() => undefined)
  }

  async reads (words) {
    await expect.poll(() => this.words()).toBe(words)
  }

  async isSaved () {
    await expect(this.saveState()).toHaveAttribute('data-state', 'saved')
  }

  /** Who this person is to the others. */
  async self () {
    return await this.page.evaluate(() => {
      const { awareness } = globalThis.weft.session
      return { ...awareness.getLocalState().user, client: awareness.clientID }
    })
  }

  /** This person's caret on somebody else's screen. */
  async caretSeenBy (other) {
    const { client } = await this.self()
    return other.page.locator(`.peer-caret[data-client="${client}"]`)
  }

  async rename (name) {
    await this.page.getByRole('button', { name: /^You are / }).click()
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(name)
    await this.page.getByRole('button', { name: 'Save' }).click()
  }
}
