import { agree, drag, draw, lookHome, onScreen, press, shape, shapes, tool, write } from './board.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

async function two (weft, person, ...options) {
  const name = freshName('board')
  const ada = await (await person(...options)).openBoard(weft, name)
  const bob = await (await person(...options)).openBoard(weft, name)
  await lookHome(ada, bob)
  return [ada, bob]
}

// [B1]
test('two people draw everything there is and see the same', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await draw(bob, 'diamond', [450, 200], [550, 280])
  await draw(ada, 'ellipse', [600, 200], [700, 260])
  await draw(bob, 'arrow', [300, 400], [450, 450])
  await draw(ada, 'line', [500, 400], [600, 450])
  await ada.page.keyboard.press('Escape')
  await write(bob, [650, 500], 'from bob')
  await tool(ada, 'freehand')
  await drag(ada, [300, 550], [350, 600], [400, 550], [450, 600])
  await agree(7, ada, bob)
  expect((await shapes(ada)).map(({ type }) => type).sort()).toEqual(['arrow', 'diamond', 'ellipse', 'freedraw', 'line', 'rectangle', 'text'])
  await ada.isSaved()
  await ada.openBoard(weft, decodeURIComponent(new URL(ada.page.url()).pathname.slice(3)))
  await agree(7, ada, bob)
})

// [B13]
test('a stroke grows on the other screen while it is drawn', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await tool(ada, 'freehand')
  await press(ada, [300, 300], [340, 320], [380, 300])
  const seen = async () => (await shape(bob, 'freedraw'))?.points.length ?? 0
  await expect.poll(seen).toBeGreaterThan(4)
  const before = await seen()
  await ada.page.mouse.move(460, 360, { steps: 8 })
  await expect.poll(seen).toBeGreaterThan(before)
  expect(await bob.page.evaluate(() => globalThis.weft.doc.getMap('elements').size)).toBe(1)
  await ada.page.mouse.up()
  await agree(1, ada, bob)
})

// [B14]
test('undo and redo touch only what one did oneself', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  await draw(bob, 'ellipse', [500, 200], [600, 260])
  await agree(2, ada, bob)
  await ada.page.keyboard.press('Control+z')
  await agree(1, ada, bob)
  expect(await shape(ada, 'ellipse')).toBeTruthy()
  await ada.page.keyboard.press('Control+z')
  await agree(1, ada, bob)
  await ada.page.keyboard.press('Control+Shift+z')
  await agree(2, ada, bob)
})

// [B6]
test('a deletion reaches the others and its undo too', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  await bob.page.keyboard.press('Control+a')
  await bob.page.keyboard.press('Delete')
  await agree(0, bob, ada)
  await bob.page.keyboard.press('Control+z')
  await agree(1, bob, ada)
})

// [B2]
test('a move and a recolouring of one shape at the same time merge', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [400, 300], [520, 380])
  await agree(1, ada, bob)
  await bob.page.keyboard.press('Control+a')
  await press(ada, [400, 340], [420, 380])
  await bob.page.getByTestId('color-top-pick-#e03131').click()
  await expect.poll(async () => (await shape(bob, 'rectangle')).strokeColor).toBe('#e03131')
  await bob.isSaved()
  await ada.page.mouse.move(460, 440, { steps: 4 })
  await ada.page.mouse.up()
  await agree(1, ada, bob)
  const merged = await shape(bob, 'rectangle')
  expect(merged).toMatchObject({ strokeColor: '#e03131', x: 460 })
  await ada.page.keyboard.press('Control+z')
  await expect.poll(async () => await shape(bob, 'rectangle')).toMatchObject({ strokeColor: '#e03131', x: 400 })
})

// [B3]
test('a text is not overwritten under the one who types it', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await write(ada, [400, 300], 'first')
  await agree(1, ada, bob)
  const [x, y] = await onScreen(ada, await shape(ada, 'text'))
  await ada.page.mouse.dblclick(x + 10, y + 10)
  const field = ada.page.locator('.excalidraw-wysiwyg')
  await expect(field).toBeFocused()
  await ada.page.keyboard.press('End')
  await ada.page.keyboard.type(' and')
  await expect.poll(async () => (await shape(bob, 'text')).text, 'what is typed is seen').toBe('first and')
  await bob.page.keyboard.press('Control+a')
  await bob.page.getByTestId('color-top-pick-#e03131').click()
  await bob.page.evaluate(() => {
    const [id] = globalThis.weft.doc.getMap('elements').keys()
    globalThis.weft.doc.getMap('elements').get(id).set('text', 'overwritten')
  })
  await bob.isSaved()
  await ada.page.keyboard.type(' mine')
  await expect(field).toHaveValue('first and mine')
  await ada.page.keyboard.press('Escape')
  await agree(1, ada, bob)
  expect(await shape(bob, 'text')).toMatchObject({ text: 'first and mine', strokeColor: '#e03131' })
})

// [B4]
test('opening a board, looking around and reading write nothing', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  await ada.isSaved()
  const state = async () => await ada.page.evaluate(async () => JSON.stringify([...globalThis.weft.doc.store.clients].map(([client, structs]) => [client, structs.length])))
  const before = await state()
  const eve = await (await person()).openBoard(weft, decodeURIComponent(new URL(ada.page.url()).pathname.slice(3)))
  await agree(1, ada, eve)
  await eve.page.mouse.move(300, 300)
  await eve.page.mouse.wheel(0, 300)
  await eve.page.keyboard.press('Control+a')
  await draw(ada, 'ellipse', [500, 200], [600, 260])
  await agree(2, ada, eve)
  const clients = async () => JSON.parse(await state()).length
  expect(await clients()).toBe(JSON.parse(before).length)
})

// [B1] [P4]
test('what is drawn offline is kept and merges', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, { expected: OUTAGE })
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  await ada.context.setOffline(true)
  await draw(ada, 'ellipse', [500, 200], [600, 260])
  await draw(bob, 'diamond', [300, 400], [400, 480])
  await expect(ada.saveState()).toHaveAttribute('data-state', 'local')
  expect(await shapes(bob)).toHaveLength(2)
  await ada.context.setOffline(false)
  await agree(3, ada, bob)
  await ada.isSaved()
})

// [B1]
test('five people draw at once', async ({ weft, person }) => {
  const name = freshName('five')
  const all = []
  for (let at = 0; at < 5; at++) all.push(await (await person({ viewport: { width: 900, height: 600 } })).openBoard(weft, name))
  await lookHome(...all)
  await Promise.all(all.map(async (someone, at) => {
    await draw(someone, 'rectangle', [260 + at * 100, 200], [330 + at * 100, 260])
    await tool(someone, 'freehand')
    await drag(someone, [260 + at * 100, 350], [300 + at * 100, 400], [340 + at * 100, 350])
  }))
  await agree(10, ...all)
})

// [B7]
test('a hostile document neither breaks the board nor is written back', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  await draw(ada, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  await bob.page.evaluate(() => {
    const elements = globalThis.weft.doc.getMap('elements')
    const [good] = elements.keys()
    const YMap = elements.get(good).constructor
    const values = elements.get(good).toJSON()
    const odd = [{ type: 'bomb' }, { type: 'embeddable', link: 'https://evil.example' }, { x: Number.NaN }, { width: 1e12 }, { type: 'line', points: 'none' },
      { type: 'text', text: {} }, { type: 'image', fileId: '../../etc' }, { index: 'zz', strokeColor: 'url(x)' }, { type: 'arrow', points: [[0, 0], [50, 50]], startBinding: { elementId: 'gone', focus: 0, gap: 1 }, elbowed: true }]
    odd.forEach((change, at) => elements.set(`odd-${at}`, new YMap(Object.entries({ ...values, ...change }))))
    elements.set('__proto__', 'boo')
    globalThis.weft.doc.getMap('files').set('x', { hash: '../..', type: 'text/html' })
  })
  await draw(ada, 'ellipse', [500, 200], [600, 260])
  await agree(5, ada, bob)
  expect(await bob.page.evaluate(() => globalThis.weft.doc.getMap('elements').get('odd-1').get('type'))).toBe('embeddable')
})
