// Lets three people write one document for an hour and says whether every word is there: WEFT_BIN=... node hour.js [MINUTES] [SEED]
// They type, change structure, undo, go offline and reload in headless Chromium, by real keys and clicks; the server is stopped and killed meanwhile.
// What was typed is what is there: each word is typed once, and may be missing only if somebody deleted it or took it back, as their page showed at that moment.
// Every five minutes all rest and are compared. Pictures and a list of all that was done go to $WEFT_HOUR_PICTURES. Exit 1 if a word is lost or doubled or pages differ.

import { chromium } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Weft } from '../clients/stock/weft.js'
import { dice, watching } from './hour-page.js'

const minutes = Number(process.argv[2] ?? 60)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e6))
const folder = process.env.WEFT_HOUR_PICTURES ?? mkdtempSync(join(tmpdir(), 'weft-hour-'))
mkdirSync(folder, { recursive: true })
const NAME = 'the hour'
const REST_MINUTES = 5
const DEADLINE_MS = 60_000
/** Nobody presses a key in the moment of a click, which the editor takes in a little later. */
const CLICK_MS = 60
const WORD = /[abc]\d{4}/g
/** What Chromium logs by itself while the network or the server is away. */
const OUTAGE = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_\w+|ERR_NETWORK_CHANGED|ERR_EMPTY_RESPONSE|WebSocket connection to .* failed/
const PEOPLE = [
  { letter: 'a', name: 'Ada Lovelace', color: '#2563eb', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { letter: 'b', name: 'Ben Nevis', color: '#c2410c', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { letter: 'c', name: 'Cleo Marsh', color: '#15803d', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
]

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const [began, faults] = [Date.now(), []]
const since = () => ((Date.now() - began) / 1000).toFixed(1)
const say = line => console.log(line) ?? note(line)
const note = line => appendFileSync(join(folder, 'done.log'), `${since()} ${line}\n`)
const fault = line => { faults.push(`${since()} s: ${line}`); say(`FAULT at ${since()} s: ${line}`) }

const [words, counts, told] = [new Map(), {}, new Set()]
let [clipboard, resting, most, last] = [Promise.resolve(), false, 0, null]
const count = what => (counts[what] = (counts[what] ?? 0) + 1)

class Someone {
  constructor (look, at) {
    Object.assign(this, look, { at, dice: dice(seed * 7 + at), count: 0, errors: [], offline: false, deleted: new Set(), hiccups: 0 })
  }

  async arrive (browser) {
    const { viewport, colorScheme, letter, name, color } = this
    const wrong = text => OUTAGE.test(text) || (this.errors.push(`${since()} s, ${name}: ${text}`), say(`${name}: ${text}`))
    this.context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' })
    await this.context.addInitScript(who => localStorage.setItem('weft-person', who), JSON.stringify({ id: `person-${letter}`, name, color }))
    await this.context.addInitScript(watching, letter)
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(10_000)
    this.page.on('console', message => message.type() === 'error' && wrong(`console: ${message.text()} ${message.location().url}`))
    this.page.on('pageerror', error => wrong(`exception: ${error.stack ?? error}`))
    this.page.on('dialog', dialog => { wrong(`dialog ${dialog.type()}: ${dialog.message()}`); void dialog.accept() })
    await this.page.goto(`${weft.origin}/d/${encodeURIComponent(NAME)}`)
    await this.canEdit()
  }

  canEdit () { return this.page.waitForFunction(() => document.body.dataset.loaded === 'true' && globalThis.weft?.editor?.isEditable, null, { timeout: DEADLINE_MS }) }
  note (line) { note(`${this.letter} ${line}`) }
  says () { return this.page.evaluate(() => document.getElementById('save-state').dataset.state).catch(() => 'away') }
  text () { return this.page.evaluate(() => globalThis.hour.text()) }
  json () { return this.page.evaluate(() => JSON.stringify(globalThis.weft.editor.getJSON())) }

  /** Presses a key if it does what is meant, and notes which words went and came by it. */
  async press (keys, kind, more = {}) {
    const on = more.on ?? keys.split('+').pop().toLowerCase()
    await this.page.evaluate(expect => Object.assign(globalThis.hour, { expect, outcome: null }), { kind, on, ...more })
    await this.page.keyboard.press(keys)
    const outcome = await this.page.evaluate(() => { const { outcome } = globalThis.hour; globalThis.hour.expect = null; return outcome })
    const { gone = [], back = [], refused, near } = outcome ?? {}
    this.note(`${keys} ${kind}${refused ? ' refused' : ''}${outcome ? '' : ' unseen'}${gone.length ? ` gone ${gone}` : ''}${back.length ? ` back ${back}` : ''} at ${near}`)
    // Of a torn word nobody can say whether its letters went with an undo.
    if (outcome?.text) for (const word of judge(outcome.text).torn) if (word[0] === this.letter) words.get(word).past.push(`torn before an undo by ${this.letter}`)
    const meant = word => kind === 'selection' || kind === 'eat' || (kind === 'undo' && (word[0] === this.letter || this.deleted.has(word)))
    for (const word of gone) {
      if (!meant(word)) fault(`${this.name}'s ${keys} took away ${word}, near ${near}`)
      else words.get(word)?.past.push(`gone by ${this.letter}`)
      if (kind === 'selection') this.deleted.add(word)
    }
    for (const word of back) words.get(word)?.past.push(`back by ${this.letter}`)
    return !refused && outcome !== null
  }

  async place (kind = this.dice.pick(['own', 'own', 'others', 'others', 'last', 'any'])) {
    for (let turn = 0; turn < 4; turn++) {
      const point = await this.page.evaluate(([kind, roll]) => globalThis.hour.point(kind, roll), [turn < 2 ? kind : 'any', this.dice.whole(0, 999) / 1000])
      if (!point) continue
      await this.page.mouse.click(point.x, point.y)
      await sleep(CLICK_MS)
      await this.page.keyboard.press(this.dice.pick(['End', 'End', 'Home', 'Control+ArrowRight', 'Control+ArrowLeft']))
      if ((await this.page.evaluate(() => globalThis.hour.ready())).ok) return true
    }
    return false
  }

  async type () {
    const ready = await this.page.evaluate(() => globalThis.hour.ready())
    if (this.pending && !ready.text.includes(this.pending)) this.note(`${this.pending} is not whole at once near ${ready.near}`) ?? count('not whole at once')
    this.pending = null
    if (!ready.ok) return await this.place()
    const word = `${this.letter}${String(++this.count).padStart(4, '0')}`
    words.set(word, { by: this.letter, at: since(), past: [] })
    this.note(`types ${word} at ${ready.near}${this.offline ? ' offline' : ''}`)
    for (const sign of `${ready.lead ? ' ' : ''}${word} `) {
      const due = Date.now() + this.dice.whole(143, 333)
      await this.page.keyboard.press(sign === ' ' ? 'Space' : sign, { delay: 20 })
      await sleep(Math.max(0, due - Date.now()))
    }
    return Boolean(this.pending = this.lately = word)
  }

  tool (name) { return this.page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name, exact: true }).click() }
  async select (most) { for (let left = this.dice.whole(1, most); left > 0; left--) await this.page.keyboard.press('Shift+Control+ArrowLeft') }

  async clickOne (selector) {
    const found = await this.page.locator(selector).all()
    return found.length > 0 && (await this.dice.pick(found).click(), true)
  }

  async slash (query) {
    // There is no such menu in code.
    if (await this.page.evaluate(() => globalThis.hour.within('codeBlock'))) return
    await this.page.keyboard.press('End')
    await this.press('Enter', 'structure')
    await this.page.keyboard.type(`/${query}`, { delay: 120 })
    const menu = this.page.getByRole('listbox', { name: 'Insert' })
    await menu.waitFor({ timeout: 3_000 })
    await this.page.keyboard.press('Enter')
    await menu.waitFor({ state: 'detached', timeout: 3_000 })
  }

  async work (until) {
    while (Date.now() < until) {
      try {
        if (this.dice.chance(0.4)) await this.place()
        for (let left = this.dice.whole(2, 6); left > 0; left--) await this.type()
        const what = this.dice.pick(DEEDS)
        this.note(`does ${what}`)
        await DO[what](this)
        count(what)
        await this.leave()
        await sleep(this.dice.whole(0, 900))
      } catch (error) {
        this.hiccups++
        this.note(`hiccup ${String(error.stack ?? error).slice(0, 600)}`)
        await this.page.keyboard.press('Escape').catch(() => {})
      }
    }
    await this.online()
  }

  async online () {
    clearTimeout(this.timer)
    if (this.offline) this.note('is online')
    await this.context.setOffline(this.offline = false)
  }

  /** Now and then offline for a while, or a reload, also without a network or a server. */
  async leave () {
    const [now, scale] = [Date.now(), Math.min(1, minutes / 10)]
    this.offlineAt ??= now + this.dice.whole(30, 300) * 1000 * scale
    this.reloadAt ??= now + this.dice.whole(60, 480) * 1000 * scale
    if (now > this.offlineAt) {
      this.offlineAt = now + this.dice.whole(100, 400) * 1000 * scale
      this.note('goes offline') ?? count('offline')
      await this.context.setOffline(this.offline = true)
      this.timer = setTimeout(() => this.online(), this.dice.whole(10, 60) * 1000)
    }
    if (now > this.reloadAt) {
      this.reloadAt = now + this.dice.whole(180, 600) * 1000 * scale
      this.note(`reloads${this.offline ? ' offline' : ''}${weft.away ? ' with the server away' : ''}`) ?? count('reload')
      this.pending = this.lately = null
      await this.page.reload({ waitUntil: 'commit', timeout: DEADLINE_MS }).catch(error => fault(`${this.name}'s reload failed: ${error}`))
      await this.canEdit().catch(async error => { fault(`${this.name} could not edit after a reload: ${error}`); await this.online(); await this.page.goto(this.page.url()).catch(() => {}); await this.canEdit() })
      await this.place()
    }
  }
}

const DO = {
  enter: async one => { await one.page.keyboard.press('End'); await one.press('Enter', 'structure') },
  split: async one => { for (let left = one.dice.whole(1, 4); left > 0; left--) await one.page.keyboard.press('Control+ArrowLeft'); await one.press('Enter', 'structure') },
  join: async one => { await one.place('any'); await one.page.keyboard.press('Home'); await one.press('Backspace', 'start') },
  heading: async one => one.dice.chance(0.3) ? one.slash('head') : one.dice.chance(0.5) ? one.tool(one.dice.pick(['H1: Heading 1', 'H2: Heading 2', 'H3: Heading 3'])) : one.press(`Control+Alt+${one.dice.whole(1, 3)}`, 'structure'),
  list: async one => one.dice.chance(0.5) ? one.tool(one.dice.pick(['Bulleted list', 'Numbered list', 'Task list'])) : one.page.keyboard.press(`Control+Shift+${one.dice.pick(['Digit7', 'Digit8', 'Digit9'])}`),
  items: async one => { for (let left = 3; left > 0; left--) { await one.press('Enter', 'structure'); await one.type(); if (one.dice.chance(0.5)) await one.press('Tab', 'inside') } },
  indent: async one => one.press(one.dice.chance(0.6) ? 'Tab' : 'Shift+Tab', 'inside'),
  quote: async one => one.dice.chance(0.5) ? one.tool('Quote') : one.page.keyboard.press('Control+Shift+KeyB'),
  code: async one => one.press('Control+Alt+c', 'structure'),
  table: async one => {
    if (await one.page.evaluate(() => globalThis.hour.within('table', 'codeBlock'))) return
    await (one.dice.chance(0.5) ? one.slash('table') : one.tool('Table'))
    for (let left = one.dice.whole(3, 9); left > 0; left--) { await one.type(); await one.press('Tab', 'inside') }
  },
  grow: async one => {
    if (!await one.clickOne('.ProseMirror :is(td, th)')) return
    await one.page.keyboard.press('End')
    await one.type()
    if (one.dice.chance(0.6)) await one.page.getByRole('toolbar', { name: 'Table' }).getByRole('button', { name: one.dice.pick(['Add row above', 'Add row below', 'Add column before', 'Add column after']) }).click()
    await one.press('Tab', 'inside')
  },
  picture: async one => {
    const before = await one.page.locator('.ProseMirror figure.image').count()
    await one.page.evaluate(async ([hue, width]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height: Math.round(width * 0.6) })
      const pen = canvas.getContext('2d')
      for (let at = 0; at < 12; at++) { pen.fillStyle = `hsl(${hue + at * 20} 70% ${30 + at * 4}%)`; pen.fillRect(at * width / 12, at * 9, width, width) }
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([await new Promise(resolve => canvas.toBlob(resolve, 'image/png'))], `hue_${hue}.png`, { type: 'image/png' }))
      document.querySelector('.ProseMirror').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, [one.dice.whole(0, 359), one.dice.whole(120, 900)])
    await one.page.waitForFunction(before => document.querySelectorAll('.ProseMirror figure.image').length > before, before)
  },
  mark: async one => { await one.select(3); await one.press(one.dice.pick(['Control+b', 'Control+i']), 'mark'); await one.page.keyboard.press('ArrowRight') },
  move: async one => {
    // The clipboard is one for all: who moves something holds it until it is put down.
    await (clipboard = clipboard.catch(() => {}).then(async () => {
      const point = await one.page.evaluate(roll => globalThis.hour.point('own', roll), one.dice.whole(0, 999) / 1000)
      if (!point) return
      await one.page.mouse.click(point.x, point.y, { clickCount: 3 })
      if (!await one.press('Control+x', 'selection', { on: 'cut' })) return void await one.page.keyboard.press('ArrowRight')
      count('really moved')
      while (!await one.place('any')) one.note('looks for a place')
      await DO.enter(one)
      await one.press('Control+v', 'paste', { on: 'paste' })
    }))
  },
  undo: async one => {
    const times = one.dice.whole(1, 3)
    for (let left = times; left > 0; left--) await one.press('Control+z', 'undo')
    if (one.dice.chance(0.6)) for (let left = one.dice.whole(1, times); left > 0; left--) await one.press('Control+Shift+Z', 'undo')
    one.pending = one.lately = null
  },
  erase: async one => {
    await one.type()
    for (let text = one.lately && `${one.lately} `; text && await one.press('Backspace', 'eat', { text }); text = text.slice(0, -1)) {
      if (text.length === 6) words.get(one.lately).past.push(`gone by ${one.letter}`)
    }
    one.pending = one.lately = null
  },
  delete: async one => { await one.select(4); if (!await one.press(one.dice.pick(['Backspace', 'Delete']), 'selection', { others: one.dice.chance(0.25) })) await one.page.keyboard.press('ArrowRight'); one.pending = null },
  tick: one => one.clickOne('.ProseMirror input[type=checkbox]'),
}
const OFTEN = { enter: 18, split: 6, join: 5, heading: 5, list: 8, items: 6, indent: 5, quote: 3, code: 2, table: 2, grow: 5, picture: 2, mark: 8, move: 5, undo: 9, erase: 5, delete: 4, tick: 2 }
const DEEDS = Object.entries(OFTEN).flatMap(([what, times]) => Array(times).fill(what))

/** What a text has of the words: those lost and doubled, and those whose letters are all there with others between them. */
function judge (text) {
  const there = new Map()
  for (const [word] of text.matchAll(WORD)) there.set(word, (there.get(word) ?? 0) + 1)
  const isGone = word => /^(gone|torn)/.test(words.get(word).past.at(-1))
  const rest = [...text.replace(WORD, '').replace(/[^abc\d]/g, '')]
  const torn = []
  const missing = new Set([...words.keys()].filter(word => !there.has(word) && !isGone(word)))
  // The letters that stand closest together are most likely those of one word.
  for (let best; missing.size > 0; missing.delete(best.word)) {
    best = null
    for (const word of missing) {
      rest.forEach((sign, from) => {
        if (sign !== word[0]) return
        const places = [from]
        for (const next of word.slice(1)) places.push(rest.indexOf(next, places.at(-1) + 1))
        if (places.every((place, at) => at === 0 || place > places[at - 1]) && (!best || places[4] - from < best.places[4] - best.places[0])) best = { word, places }
      })
    }
    if (!best) break
    for (const place of best.places) rest[place] = ''
    torn.push(best.word)
  }
  const those = is => [...there.keys()].filter(is)
  return { there: there.size, lost: [...missing], torn, left: rest.join(''), doubled: those(word => there.get(word) > 1), strange: those(word => !words.has(word)),
    returned: those(word => /^gone/.test(words.get(word)?.past.at(-1))) }
}

const once = (what, all, text) => {
  for (const word of all.filter(word => !told.has(`${what} ${word}`))) {
    told.add(`${what} ${word}`)
    const { by, at, past } = words.get(word) ?? {}
    const place = text.indexOf(word)
    const line = `${word} is ${what}; typed by ${by} at ${at} s; ${past}${place < 0 ? '' : `; near ${JSON.stringify(text.slice(Math.max(0, place - 30), place + 35))}`}`
    ;(what === 'torn' || what === 'returned' ? note : fault)(line)
  }
}

/** All are online and wait until everything is saved; then their pages have to be equal. */
async function rest () {
  if ((resting = true) && weft.away) await weft.back
  for (const one of people) await one.online()
  const settled = one => one.page.evaluate(() => document.getElementById('save-state').dataset.state === 'saved' && globalThis.weft.session.unsaved === 0 && !JSON.stringify(globalThis.weft.editor.getJSON()).match(/"upload":"/))
  let all = []
  for (const due = Date.now() + DEADLINE_MS; Date.now() < due; await sleep(500)) {
    const quiet = await Promise.all(people.map(settled))
    all = await Promise.all(people.map(one => one.json()))
    if (quiet.every(Boolean) && new Set(all).size === 1) break
  }
  const says = await Promise.all(people.map(one => one.page.getByTestId('save-state').textContent()))
  const equal = new Set(all).size === 1
  if (!equal) fault(`the pages differ: ${all.map(json => json.length)}`)
  if (!equal) all.forEach((json, at) => writeFileSync(join(folder, `differs-${since()}-${PEOPLE[at].letter}.json`), json))
  for (const [at, one] of people.entries()) if (!await settled(one)) fault(`${one.name} is not saved after a minute: "${says[at]}"`)
  const text = await people[0].text()
  writeFileSync(join(folder, `text-${since()}.txt`), text)
  const found = judge(text)
  for (const what of ['lost', 'doubled', 'strange', 'torn', 'returned']) once(what, found[what], text)
  say(`all rest: ${words.size} words typed, ${found.there} there, ${found.lost.length} lost, ${found.doubled.length} doubled, ${found.torn.length} torn; ${says}`)
  return { json: all[0], found, equal }
}

async function pictures (name, kind) {
  for (const { letter, page } of people) {
    if (kind === 'top') await page.evaluate(() => scrollTo(0, 0))
    await page.screenshot({ path: join(folder, `${name}-${letter}-${kind}.png`), fullPage: kind === 'full', timeout: 30_000 }).catch(error => say(`no picture: ${error}`))
  }
}

async function trouble () {
  const luck = dice(seed + 99)
  const pause = Math.max(25, Math.min(420, minutes * 60 / 4))
  for (let turn = 0; ; turn++) {
    await sleep(pause * 1000 * luck.whole(70, 130) / 100)
    while (resting) await sleep(1_000)
    if (Date.now() > end) return
    const [how, ms] = [turn % 2 === 0 ? 'kill' : 'stop', luck.whole(1, 25) * 1000]
    say(`${since()} s: the server is ${how === 'kill' ? 'killed' : 'stopped'} for ${ms / 1000} s`)
    weft.away = true
    weft.back = (async () => { await weft[how](); await sleep(ms); await weft.launch(); weft.away = false; note('the server is back') })()
    await weft.back
    count(how)
  }
}

const memory = () => { try { return `${Math.round(Number(readFileSync(`/proc/${weft.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024)} MB` } catch { return 'away' } }

say(`seed ${seed}, ${minutes} minutes, pictures in ${folder}`)
const weft = await Weft.start()
const browser = await chromium.launch({ executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const people = PEOPLE.map((look, at) => new Someone(look, at))
for (const one of people) await one.arrive(browser)
await people[0].page.locator('.ProseMirror').click()
for (let line = 0; line < 4; line++) { await people[0].type(); await people[0].press('Enter', 'structure') }
await people[2].page.waitForFunction(() => document.querySelectorAll('.ProseMirror p').length > 3)

const ticking = setInterval(async () => {
  const [there, ...states] = await Promise.all([people[0].text().then(text => judge(text).there, () => '?'), ...people.map(one => one.says())])
  most = Math.max(most, parseInt(memory()) || 0)
  say(`${Math.round((Date.now() - began) / 60_000)} min: ${words.size} words, ${there} there for Ada; ${states.join(', ')}; ${people.filter(one => one.offline).map(one => one.name).join(' and ') || 'nobody'} offline; server ${memory()}`)
}, 60_000)
const end = began + minutes * 60_000
void trouble().catch(error => fault(`the server did not come back: ${error}`))
const shots = new Map([[5, '05-minutes'], [minutes / 2, 'halfway'], [minutes, 'end']].filter(([at]) => at <= minutes))
const stops = [...new Set([...shots.keys(), ...Array.from({ length: Math.floor(minutes / REST_MINUTES) }, (_, at) => (at + 1) * REST_MINUTES)])].sort((a, b) => a - b)
for (const stop of stops) {
  const until = Math.min(end, began + stop * 60_000)
  const views = shots.has(stop) && setTimeout(() => pictures(shots.get(stop), 'view'), Math.max(0, until - Date.now() - 8_000))
  await Promise.all(people.map(one => one.work(until)))
  clearTimeout(views)
  last = await rest()
  if (shots.has(stop)) for (const kind of ['top', 'full']) await pictures(shots.get(stop), kind)
  resting = false
}
clearInterval(ticking)

const fourth = new Someone({ ...PEOPLE[0], letter: 'd', name: 'Dora Late' }, 3)
await fourth.arrive(browser)
await fourth.page.waitForFunction(() => document.getElementById('save-state').dataset.state === 'saved', null, { timeout: DEADLINE_MS })
for (let left = 40; left > 0 && await fourth.json() !== last.json; left--) await sleep(250)
const anew = await fourth.json() === last.json
if (!anew) { fault('who opens the document anew sees another one'); writeFileSync(join(folder, 'differs-d.json'), await fourth.json()); writeFileSync(join(folder, 'differs-a.json'), last.json) }
await fourth.page.getByRole('button', { name: 'History', exact: true }).click()
const past = fourth.page.getByRole('dialog', { name: 'Viewing the past' }).getByRole('document', { name: 'The text at this moment' })
await past.waitFor({ timeout: DEADLINE_MS }).catch(() => fault('the history does not open'))
await sleep(3_000)
await fourth.page.screenshot({ path: join(folder, 'history.png') })
const inHistory = new Set((await past.innerText().catch(() => '')).match(WORD)).size
if (inHistory !== last.found.there) fault(`the history shows ${inHistory} words of ${last.found.there}`)
await browser.close()
await weft.stop()
let check
try { check = execFileSync(process.env.WEFT_BIN ?? new URL('../../target/release/weft', import.meta.url).pathname, ['check', '--database', `sqlite://${join(weft.scratch, 'weft.db')}`], { encoding: 'utf8' }).trim() } catch (error) { fault(`weft check: ${check = `${error.stdout}${error.stderr}`}`) }
for (const file of readdirSync(weft.scratch)) if (file.startsWith('weft.db')) copyFileSync(join(weft.scratch, file), join(folder, file))
writeFileSync(join(folder, 'server.log'), weft.log.join(''))
const isFine = last.equal && anew && last.found.lost.length === 0 && last.found.doubled.length === 0 && last.found.strange.length === 0
const gone = [...words.values()].filter(({ past }) => past.at(-1)?.startsWith('gone')).length
const unsure = [...words].filter(([, { past }]) => past.some(what => what.startsWith('torn'))).map(([word]) => word)
const errors = [...people, fourth].flatMap(one => one.errors)
const rows = { seed, minutes, 'words typed': words.size, 'deleted or taken back': gone, there: last.found.there, lost: last.found.lost.join(' ') || 0, doubled: last.found.doubled.join(' ') || 0, torn: `${last.found.torn.length} ${last.found.torn.join(' ')}`,
  'torn before an undo': unsure.join(' ') || 0, 'came back though deleted': last.found.returned.join(' ') || 0, 'letters over': last.found.left || 0, 'three pages equal': last.equal, 'opened anew equal': anew, 'words in the history': inHistory, 'weft check': check, 'server at most, MB': most,
  'page errors': errors.length, 'faults on the way': faults.length, 'hiccups of this script': people.map(one => one.hiccups).join(' '), ...counts, result: isFine ? 'nothing lost' : 'FAILED' }
for (const [what, figure] of Object.entries(rows)) say(`| ${what} | ${figure} |`)
for (const line of [...faults, ...errors]) say(`- ${line}`)
await weft.dispose()
process.exit(isFine ? 0 : 1)
