import { expectAccessible } from './axe.js'
import { agree, drag, draw, lookHome, shape, shapes, tool, write } from './board.js'
import { expect, freshName, test } from './fixtures.js'

/** Excalidraw's own switches for an export: their labels stand beside them unconnected, and its copy button is named after what it copies. */
const EXPORT_SETTINGS = '.ImageExportModal__settings'

for (const colorScheme of ['light', 'dark']) {
  // [P8]
  test(`the board is accessible, ${colorScheme}`, async ({ weft, person }) => {
    const name = freshName('axe')
    const ada = await (await person({ colorScheme })).openBoard(weft, name)
    const bob = await (await person()).openBoard(weft, name)
    await lookHome(ada, bob)
    await bob.page.evaluate(() => globalThis.weft.board.look({ ...globalThis.weft.board.view(), scrollX: 3_000 }))
    await draw(ada, 'rectangle', [400, 300], [500, 380])
    await agree(1, ada, bob)
    // A pointer is told where it moves; the first movement may still have been over the old view.
    await expect(async () => {
      await bob.page.mouse.move(600, 400)
      await bob.page.mouse.move(610, 410)
      await expect(ada.page.locator('.board-hint:visible')).toHaveCount(1, { timeout: 1_000 })
    }).toPass()
    await expect(ada.page.locator('.excalidraw')).toHaveClass(colorScheme === 'dark' ? /theme--dark/ : /excalidraw/)
    await expectAccessible(ada.page, 'with a selection and a hint', EXPORT_SETTINGS)
    await ada.page.getByRole('button', { name: 'Board menu' }).click()
    await expectAccessible(ada.page, 'with the menu', EXPORT_SETTINGS)
    await ada.page.getByText('Help', { exact: true }).click()
    await expect(ada.page.locator('.HelpDialog')).toBeVisible()
    await expectAccessible(ada.page, 'with the help', EXPORT_SETTINGS)
    await expect(ada.page.locator('.excalidraw a[href^="http"]:visible'), 'links to elsewhere').toHaveCount(0)
    await ada.page.keyboard.press('Escape')
    await ada.page.keyboard.press('Control+Shift+e')
    await expect(ada.page.getByRole('heading', { name: 'Export image' })).toBeVisible()
    await expectAccessible(ada.page, 'with the export', EXPORT_SETTINGS)
  })
}

// [B15]
test('a finger draws at 360 px, and nothing is wider than the screen', async ({ weft, person }) => {
  const name = freshName('touch')
  const ada = await (await person({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true })).openBoard(weft, name)
  const bob = await (await person()).openBoard(weft, name)
  await ada.page.getByTestId('toolbar-freedraw').locator('..').tap()
  const session = await ada.context.newCDPSession(ada.page)
  const touch = async (type, ...touchPoints) => await session.send('Input.dispatchTouchEvent', { type, touchPoints })
  await touch('touchStart', { x: 100, y: 300 })
  for (let at = 1; at <= 12; at++) await touch('touchMove', { x: 100 + at * 10, y: 300 + (at % 3) * 20 })
  await expect.poll(async () => (await shape(bob, 'freedraw'))?.points.length ?? 0, 'seen while the finger is down').toBeGreaterThan(3)
  await touch('touchEnd')
  await agree(1, bob, ada)
  expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  const small = await ada.page.locator('.top :is(a, button, textarea):visible').evaluateAll(all => all.map(one => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24).length)
  expect(small, 'targets under 24 px').toBe(0)
})

// [B15]
test('Shift keeps a shape square, Alt duplicates it, and two fingers zoom', async ({ weft, person }) => {
  const name = freshName('keys')
  const ada = await (await person({ hasTouch: true })).openBoard(weft, name)
  const bob = await (await person()).openBoard(weft, name)
  await lookHome(ada)
  await tool(ada, 'rectangle')
  await ada.page.keyboard.down('Shift')
  await drag(ada, [300, 250], [460, 330])
  await ada.page.keyboard.up('Shift')
  await agree(1, ada, bob)
  const { width, height } = await shape(ada, 'rectangle')
  expect([width, height]).toEqual([160, 160])

  await ada.page.keyboard.down('Alt')
  // Its outline takes the pointer, what it encloses does not.
  await drag(ada, [300, 330], [600, 330])
  await ada.page.keyboard.up('Alt')
  await agree(2, ada, bob)
  const [one, two] = await shapes(bob)
  expect([one.width, two.width, Math.abs(one.x - two.x)]).toEqual([160, 160, 300])

  const session = await ada.context.newCDPSession(ada.page)
  const touch = async (type, ...xs) => await session.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x, y: 500, id })) })
  const zoom = () => ada.page.evaluate(() => globalThis.weft.board.view().zoom)
  const before = await zoom()
  await touch('touchStart', 500, 600)
  for (let step = 1; step <= 10; step++) await touch('touchMove', 500 - step * 10, 600 + step * 10)
  await touch('touchEnd')
  await expect.poll(zoom).toBeGreaterThan(before * 1.5)
  await agree(2, ada, bob)
})

// [B16]
test('who may only read sees the board live, points, and cannot draw', async ({ closedWeft: weft, person }) => {
  const name = freshName('read')
  const ada = await (await person()).openBoard(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await draw(ada, 'rectangle', [400, 300], [500, 380])
  await ada.isSaved()
  const bob = await (await person()).openBoard(weft, name, weft.mint({ [name]: 'read' }, '--sub', 'bob'))
  await agree(1, ada, bob)
  await expect(bob.saveState()).toHaveText('View only')
  await expect(bob.page.getByTestId('toolbar-rectangle')).toHaveCount(0)
  const before = await bob.page.evaluate(() => globalThis.weft.doc.store.clients.size)
  await draw(bob, 'ellipse', [500, 300], [600, 380])
  await bob.page.keyboard.press('Control+a')
  await bob.page.keyboard.press('Delete')
  await draw(ada, 'diamond', [400, 450], [500, 520])
  await agree(2, ada, bob)
  expect((await shapes(bob)).map(({ type }) => type)).toEqual(['rectangle', 'diamond'])
  expect(await bob.page.evaluate(() => globalThis.weft.doc.store.clients.size)).toBe(before)
  await bob.page.mouse.move(450, 350)
  const { client } = await bob.self()
  await expect(ada.page.locator(`.board-cursor[data-client="${client}"]`)).toBeVisible()
})

// [B9]
test('every script, including Chinese, is written in fonts of this server', async ({ weft, person }) => {
  const ada = await (await person()).openBoard(weft, freshName('fonts'))
  const fonts = []
  ada.page.on('response', response => response.url().includes('.woff2') && fonts.push([new URL(response.url()).pathname, response.status(), response.headers()]))
  await write(ada, [500, 400], '你好, мир, hello')
  await expect.poll(() => fonts.filter(([path]) => path.startsWith('/fonts/Xiaolai/')).length).toBeGreaterThan(0)
  for (const [path, status, headers] of fonts) {
    expect(status, path).toBe(200)
    expect(headers['content-type']).toBe('font/woff2')
    if (/-[0-9a-f]{32}\.woff2$/.test(path)) expect(headers['cache-control']).toContain('immutable')
  }
  const missing = await ada.page.request.get(`${weft.origin}/fonts/Xiaolai/missing.woff2`)
  expect(missing.status()).toBe(404)
})

// [B15]
test('opening brings everything into view, and so does the command', async ({ weft, person }) => {
  const name = freshName('fit')
  const ada = await (await person()).openBoard(weft, name)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await ada.page.evaluate(() => {
    const elements = globalThis.weft.doc.getMap('elements')
    const [id] = elements.keys()
    const values = elements.get(id).toJSON()
    elements.set('far', new (elements.get(id).constructor)(Object.entries({ ...values, x: 4_000, y: 2_500 })))
  })
  await agree(2, ada)
  await ada.isSaved()
  const allSeen = ({ page }) => page.evaluate(() => {
    const { scrollX, scrollY, zoom, width, height } = globalThis.weft.board.view()
    return globalThis.weft.board.shapes().every(({ x, y, width: w, height: h }) =>
      (x + scrollX) * zoom >= 0 && (y + scrollY) * zoom >= 0 && (x + w + scrollX) * zoom <= width && (y + h + scrollY) * zoom <= height)
  })
  expect(await allSeen(ada)).toBe(false)
  const bob = await (await person()).openBoard(weft, name)
  await agree(2, ada, bob)
  await expect.poll(() => allSeen(bob)).toBe(true)
  await ada.page.evaluate(() => globalThis.weft.commands.available().find(({ id }) => id === 'board.fit').run())
  await expect.poll(() => allSeen(ada)).toBe(true)
  await ada.page.mouse.move(600, 400)
  await ada.page.mouse.wheel(0, 20_000)
  await ada.page.getByRole('button', { name: 'Scroll back to content' }).click()
  await expect(ada.page.getByRole('button', { name: 'Scroll back to content' })).toHaveCount(0)
})

// [B15]
test('a board is exported as a picture with its fonts inside', async ({ weft, person }) => {
  const ada = await person()
  // The browser's own dialog for files cannot be answered from here.
  await ada.context.addInitScript(() => { delete globalThis.showOpenFilePicker; delete globalThis.showSaveFilePicker })
  await ada.openBoard(weft, freshName('export'))
  await write(ada, [500, 400], 'hello')
  for (const [kind, start] of [['SVG', '<?xml'], ['PNG', '\u0089PNG']]) {
    await ada.page.keyboard.press('Control+Shift+e')
    const download = ada.page.waitForEvent('download')
    await ada.page.getByRole('button', { name: `Export to ${kind}` }).click()
    const bytes = await (await download).createReadStream().then(async stream => Buffer.concat(await stream.toArray()))
    expect(bytes.subarray(0, 200).toString('latin1')).toContain(kind === 'SVG' ? '<svg' : start)
    if (kind === 'SVG') expect(bytes.toString()).toContain('@font-face')
    await ada.page.keyboard.press('Escape')
  }
})

// [B15]
test('a known board is drawn from this browser before the server answers', async ({ weft, person }) => {
  const name = freshName('known')
  const ada = await (await person()).openBoard(weft, name)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await ada.isSaved()
  await ada.page.routeWebSocket(/\/sync/, () => {})
  await ada.openBoard(weft, name)
  await agree(1, ada)
})

// [B15]
test('the theme is that of the page, and changes with it', async ({ weft, person }) => {
  const ada = await (await person({ colorScheme: 'dark' })).openBoard(weft, freshName('theme'))
  const canvas = ada.page.locator('.excalidraw').first()
  await expect(canvas).toHaveClass(/theme--dark/)
  await ada.page.getByRole('button', { name: 'Switch to light theme' }).click()
  await expect(canvas).not.toHaveClass(/theme--dark/)
})
