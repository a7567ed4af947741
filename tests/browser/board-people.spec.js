import { agree, cursorOf, drag, draw, lookHome, press, tool } from './board.js'
import { expect, freshName, test } from './fixtures.js'

async function two (weft, person, options) {
  const name = freshName('together')
  const ada = await (await person(options)).openBoard(weft, name)
  const bob = await (await person(options)).openBoard(weft, name)
  await lookHome(ada, bob)
  return [ada, bob]
}

/** Where a mark is drawn, in whole pixels. */
const placeOf = async mark => await mark.evaluate(element => {
  const { m41, m42 } = new DOMMatrix(getComputedStyle(element).transform)
  return [Math.round(m41), Math.round(m42)]
})

/** The canvas starts below the bar. */
const top = async ({ page }) => (await page.locator('#canvas').boundingBox()).y

// [B10]
test('a cursor follows its person, in their colour and with their name, and goes when they leave the canvas', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await ada.page.mouse.move(500, 400)
  const cursor = await cursorOf(ada, bob)
  await expect(cursor).toBeVisible()
  const self = await ada.self()
  await expect(cursor.locator('.board-cursor-name')).toHaveText(self.name)
  expect(await cursor.evaluate(element => element.style.getPropertyValue('--peer'))).toBe(self.color)
  await expect.poll(async () => await placeOf(cursor)).toEqual([500, 400 - Math.round(await top(bob))])
  await ada.page.mouse.move(700, 300, { steps: 10 })
  await expect.poll(async () => await placeOf(cursor)).toEqual([700, 300 - Math.round(await top(bob))])
  // It belongs to the scene, not to the screen.
  await bob.page.evaluate(() => globalThis.weft.board.look({ ...globalThis.weft.board.view(), scrollX: 100 }))
  await expect.poll(async () => (await placeOf(cursor))[0]).toBe(800)
  await ada.page.mouse.move(500, 20)
  await expect(cursor).toBeHidden()
})

// [B10]
test('a label fades while its cursor is still, and the cursor goes later', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await bob.page.clock.install()
  await bob.openBoard(weft, decodeURIComponent(new URL(bob.page.url()).pathname.slice(3)))
  await lookHome(bob)
  await ada.page.mouse.move(500, 400)
  const cursor = await cursorOf(ada, bob)
  await expect(cursor).toHaveAttribute('data-shows', 'named')
  await bob.page.clock.runFor(4_500)
  await expect(cursor).toHaveAttribute('data-shows', 'bare')
  await expect(cursor.locator('.board-cursor-name')).toHaveCSS('opacity', '0')
  await bob.page.clock.runFor(26_000)
  await expect(cursor).toBeHidden()
  await ada.page.mouse.move(510, 400)
  await expect(cursor).toHaveAttribute('data-shows', 'named')
  await expect(cursor).toBeVisible()
})

// [B10]
test('a message every 40 ms at most says where the pointer is, in whole numbers', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const { client } = await ada.self()
  await bob.page.evaluate(client => {
    globalThis.heard = []
    const { awareness } = globalThis.weft.session
    awareness.on('update', ({ updated }) => {
      const pointer = updated.includes(client) && awareness.getStates().get(client)?.board?.pointer
      if (pointer) globalThis.heard.push([...pointer, performance.now()])
    })
  }, client)
  const started = Date.now()
  for (let at = 0; at < 120; at++) await ada.page.mouse.move(300 + at * 3.3, 300 + at)
  const ms = Date.now() - started
  await expect.poll(async () => await bob.page.evaluate(() => globalThis.heard.at(-1)?.[0])).toBe(Math.round(300 + 119 * 3.3))
  const heard = await bob.page.evaluate(() => globalThis.heard)
  expect(heard.length).toBeLessThanOrEqual(Math.ceil(ms / 40) + 2)
  expect(heard.length).toBeGreaterThan(1)
  expect(heard.every(([x, y]) => Number.isInteger(x) && Number.isInteger(y))).toBe(true)
})

// [B10]
test('who wants less motion sees cursors jump', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, { reducedMotion: 'reduce' })
  await ada.page.mouse.move(300, 300)
  const cursor = await cursorOf(ada, bob)
  await expect(cursor).toBeVisible()
  await cursor.evaluate(element => {
    globalThis.places = []
    new MutationObserver(() => globalThis.places.push(element.style.transform)).observe(element, { attributeFilter: ['style'] })
  })
  await ada.page.mouse.move(800, 300)
  await expect.poll(async () => (await placeOf(cursor))[0]).toBe(800)
  expect(await bob.page.evaluate(() => new Set(globalThis.places).size)).toBe(1)
})

// [B12]
test('what somebody has selected is outlined in their colour, and moves along', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [400, 300], [500, 380])
  await agree(1, ada, bob)
  const self = await ada.self()
  const outline = bob.page.locator(`.board-outline[data-person="${self.id}"]`)
  await expect(outline).toBeVisible()
  expect(await outline.evaluate(element => element.style.getPropertyValue('--peer'))).toBe(self.color)
  const y = Math.round(await top(bob))
  await expect.poll(async () => await placeOf(outline)).toEqual([400, 300 - y])
  expect((await outline.boundingBox()).width).toBeCloseTo(100, 0)
  await drag(ada, [400, 340], [450, 390])
  await expect.poll(async () => await placeOf(outline)).toEqual([450, 350 - y])
  await ada.page.keyboard.press('Escape')
  await ada.page.mouse.click(900, 600)
  await expect(outline).toHaveCount(0)
})

// [B12]
test('a hint at the edge points to somebody out of view, and a click goes there', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await ada.page.evaluate(() => globalThis.weft.board.look({ ...globalThis.weft.board.view(), scrollX: -5_000 }))
  const { name, client } = await ada.self()
  const hint = bob.page.getByRole('button', { name: `${name} is out of view: go there` })
  // A pointer is told where it moves; the first movement may still have been over the old view.
  await expect(async () => {
    await ada.page.mouse.move(600, 400)
    await ada.page.mouse.move(610, 410)
    await expect(hint).toBeVisible({ timeout: 1_000 })
  }).toPass()
  const box = await hint.boundingBox()
  expect(box.x).toBeGreaterThan(bob.page.viewportSize().width - 60)
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24)
  await expect(await cursorOf(ada, bob)).toBeHidden()
  await hint.click()
  await expect(hint).toBeHidden()
  await expect(bob.page.locator(`.board-cursor[data-client="${client}"]`)).toBeVisible()
  expect(await bob.page.evaluate(() => Math.round(globalThis.weft.board.view().scrollX))).toBe(-5_000)
})

// [B12]
test('following somebody shows what they see, also when they go on', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const { client } = await ada.self()
  const look = async view => await ada.page.evaluate(view => globalThis.weft.board.look({ ...globalThis.weft.board.view(), ...view }), view)
  const locate = async () => await bob.page.evaluate(client => globalThis.weft.board.locate([client]), client)
  const seen = async () => await bob.page.evaluate(() => {
    const { scrollX, scrollY, zoom } = globalThis.weft.board.view()
    return [Math.round(scrollX), Math.round(scrollY), Math.round(zoom * 100)]
  })
  await look({ scrollX: -2_000, scrollY: 300, zoom: 0.5 })
  await expect.poll(async () => await locate() && await seen()).toEqual([-2_000, 300, 50])
  await look({ scrollX: 40, scrollY: 50, zoom: 2 })
  await expect.poll(async () => await locate() && await seen()).toEqual([40, 50, 200])
  expect(await bob.page.evaluate(() => globalThis.weft.board.locate([12345]))).toBe(false)
})

// [B12]
test('a laser pointer is seen by the others, fades and leaves nothing behind', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await tool(ada, 'laser')
  const trail = bob.page.locator('.board-lasers')
  await expect(trail).toBeHidden()
  await press(ada, [300, 300], [400, 350], [500, 300], [600, 400])
  await expect(trail).toBeVisible()
  await expect.poll(async () => await trail.evaluate(canvas =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0))).toBe(true)
  await ada.page.mouse.up()
  await expect(trail).toBeHidden()
  await agree(0, ada, bob)
})

// [B10]
test('who leaves is gone at once', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await ada.page.mouse.move(500, 400)
  const cursor = await cursorOf(ada, bob)
  await expect(cursor).toBeVisible()
  await ada.page.close()
  await expect(cursor).toHaveCount(0, { timeout: 2_000 })
})
