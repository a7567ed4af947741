// Draws the pictures of the documentation: node pictures.js [FOLDER]; ../../docs/images by default.

import { chromium } from '@playwright/test'
import { Weft } from '../clients/stock/weft.js'

const folder = process.argv[2] ?? new URL('../../docs/images', import.meta.url).pathname
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 380, height: 760 }
const PEOPLE = [['Ada Lovelace', '#2563eb'], ['Grace Hopper', '#c2410c'], ['Alan Turing', '#15803d']]

const weft = await Weft.start()
const browser = await chromium.launch({ executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })

async function person (at, { viewport = WIDE, colorScheme = 'light' } = {}) {
  const [name, color] = PEOPLE[at]
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB', deviceScaleFactor: 1 })
  await context.addInitScript(who => localStorage.setItem('weft-person', who), JSON.stringify({ id: `person-${at}`, name, color }))
  return await context.newPage()
}

async function open (page, path) {
  await page.goto(`${weft.origin}${path}`)
  await page.waitForSelector('body[data-loaded="true"]')
  if (path.startsWith('/w/')) await page.waitForFunction(() => globalThis.weft.board)
  return page
}

const shoot = (page, name) => page.screenshot({ path: `${folder}/${name}.png` })
const saved = page => page.waitForFunction(() => globalThis.weft.session.state.save === 'saved')

async function write (page) {
  await page.getByRole('textbox', { name: 'Document title' }).fill('Launch of the reading room')
  await page.getByRole('textbox', { name: 'Document body' }).click()
  const lines = [
    '## What we open with', 'Every shelf can be searched, and every map is **scanned at 600 dpi**. The rest follows in spring.',
    '[ ] Print the floor plan', 'Ask the archive about the `1871` census', 'Invite the neighbours',
  ]
  for (const line of lines) {
    await page.keyboard.type(line)
    await page.keyboard.press('Enter')
  }
  await page.keyboard.press('Enter')
  await page.keyboard.type('> A library is a growing organism.')
  await page.locator('.prose input[type="checkbox"]').first().check()
  await saved(page)
}

async function sketch (page) {
  await page.getByRole('textbox', { name: 'Board title' }).fill('Floor plan')
  await page.locator('canvas.interactive').click({ position: { x: 640, y: 600 } })
  const drag = async (key, from, to) => {
    await page.keyboard.press(key)
    await page.mouse.move(...from)
    await page.mouse.down()
    await page.mouse.move(...to, { steps: 8 })
    await page.mouse.up()
  }
  await drag('r', [420, 220], [640, 360])
  await drag('o', [760, 230], [940, 350])
  await drag('a', [650, 290], [750, 290])
  await page.keyboard.press('p')
  await page.mouse.move(440, 480)
  await page.mouse.down()
  for (let x = 0; x < 90; x++) await page.mouse.move(440 + x * 5, 480 + 40 * Math.sin(x / 7))
  await page.mouse.up()
  await page.keyboard.press('v')
  await saved(page)
}

const [ada, grace, alan] = [await person(0), await person(1, { colorScheme: 'dark' }), await person(2, { viewport: NARROW })]
for (const page of [ada, grace, alan]) await open(page, '/d/launch')
await write(ada)
await grace.locator('.prose > p').first().click()
await grace.keyboard.press('Shift+Home')
await alan.locator('.prose h2').click()
await grace.mouse.move(2, 700)
await ada.keyboard.press('End')
await shoot(ada, 'document-light')
await shoot(grace, 'document-dark')
await shoot(alan, 'document-narrow')

for (const page of [ada, grace, alan]) await open(page, '/w/floor')
await sketch(ada)
await grace.waitForFunction(() => globalThis.weft.board.shapes().length === 4)
for (const [page, x, y] of [[ada, 800, 420], [grace, 560, 300]]) {
  await page.mouse.move(x - 40, y - 20)
  await page.mouse.move(x, y, { steps: 4 })
}
await grace.waitForSelector('.board-cursor:not([hidden])')
await shoot(ada, 'board-light')
await shoot(grace, 'board-dark')

const [day, night] = [await person(0), await person(1, { colorScheme: 'dark', viewport: NARROW })]
for (const [page, name] of [[day, 'home-light'], [night, 'home-narrow']]) {
  await page.goto(`${weft.origin}/`)
  await page.waitForLoadState('networkidle')
  await shoot(page, name)
}
await browser.close()
await weft.dispose()
