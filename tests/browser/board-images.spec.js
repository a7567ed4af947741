import { agree, drop, lookHome, picture, shape, shapes } from './board.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'
import { isBack, watchRequests } from './images.js'

/** What Chromium logs for an answer that is no success. */
const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d|Failed to execute|unsupported|Unsupported/

const filesOf = async ({ page }) => await page.evaluate(() => globalThis.weft.doc.getMap('files').toJSON())
const shownIn = async ({ page }) => await page.evaluate(() => Object.values(globalThis.weft.board.canvas.api.getFiles()).map(({ mimeType, dataURL }) => [mimeType, dataURL.length > 100]))

async function two (weft, person, options = {}) {
  const name = freshName('pictures')
  const ada = await (await person(options)).openBoard(weft, name)
  const bob = await (await person(options)).openBoard(weft, name)
  await lookHome(ada, bob)
  return [ada, bob, name]
}

// [B11]
test('an image that is dropped reaches the others, and not through the document', async ({ weft, person }) => {
  const [ada, bob, name] = await two(weft, person)
  await drop(ada, { name: 'red.png', type: 'image/png', bytes: await picture(ada) })
  await agree(1, ada, bob)
  // The element is there before its file is read.
  await expect.poll(async () => (await shape(ada, 'image')).fileId).toBeTruthy()
  await expect.poll(async () => await shownIn(bob)).toEqual([['image/png', true]])
  const [file] = Object.values(await filesOf(bob))
  expect(file).toMatchObject({ type: 'image/png', hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(await bob.page.evaluate(() => JSON.stringify(globalThis.weft.doc.toJSON()).includes('base64'))).toBe(false)
  await ada.isSaved()
  await ada.openBoard(weft, name)
  await expect.poll(async () => await shownIn(ada)).toEqual([['image/png', true]])
})

// [B11]
test('an image is on the board at once and uploaded when the server is back, also after a reload', async ({ weft, person }) => {
  const [ada, bob, name] = await two(weft, person, { expected: OUTAGE })
  const bytes = await picture(ada)
  await ada.page.route('**/blobs', route => route.abort('connectionrefused'))
  await drop(ada, { name: 'red.png', type: 'image/png', bytes })
  await agree(1, ada, bob)
  await expect.poll(async () => await shownIn(ada)).toEqual([['image/png', true]])
  expect(await shownIn(bob)).toEqual([])
  await ada.isSaved()
  await ada.openBoard(weft, name)
  await expect.poll(async () => await shownIn(ada)).toEqual([['image/png', true]])
  expect(await filesOf(ada)).toEqual({})
  await ada.page.unroute('**/blobs')
  await expect.poll(async () => await shownIn(bob), { timeout: 30_000 }).toEqual([['image/png', true]])
})

// [B11]
test('a drawing in SVG is painted before it goes to the server', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><script>alert(1)</script><circle cx="40" cy="30" r="25" fill="teal"/></svg>'
  await drop(ada, { name: 'circle.svg', type: 'image/svg+xml', bytes: [...new TextEncoder().encode(svg)] })
  await expect.poll(async () => await shownIn(bob)).toEqual([['image/png', true]])
  await agree(1, ada, bob)
})

// [B11]
test('what cannot be put on a board is refused with a sentence that says what can', async ({ weft, person }) => {
  const [ada] = await two(weft, person, { expected: REFUSED })
  await drop(ada, { name: 'plan.tiff', type: 'image/tiff', bytes: [1, 2, 3] })
  await expect(ada.page.getByText('plan.tiff cannot be put on the board. Images can be PNG, JPEG, GIF, WebP, AVIF or SVG.')).toBeVisible()
  expect(await shapes(ada)).toEqual([])
})

// [B11]
test('an image the server finds too large goes, and its limit is named', async ({ weft, person }) => {
  const [ada] = await two(weft, person, { expected: REFUSED })
  await ada.page.route('**/blobs', route => route.fulfill({
    status: 413, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Image too large', detail: 'images may have at most 10 MiB' }),
  }))
  await drop(ada, { name: 'red.png', type: 'image/png', bytes: await picture(ada) })
  await expect(ada.page.getByText(/10 MiB/)).toBeVisible()
  await expect.poll(async () => await shapes(ada)).toEqual([])
  expect(await filesOf(ada)).toEqual({})
})

// [B11]
test('pasted text becomes a text on the board', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, { permissions: ['clipboard-read', 'clipboard-write'] })
  await ada.page.evaluate(() => navigator.clipboard.writeText('graph TD\nA-->B'))
  await ada.page.mouse.click(600, 400)
  await ada.page.keyboard.press('Control+v')
  await expect.poll(async () => (await shapes(bob)).map(({ text }) => text).join('\n')).toContain('A-->B')
})

// [B11]
test('an image whose bytes stand in pasted HTML is put on the board as a file is', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const address = `data:image/png;base64,${Buffer.from(await picture(ada, { side: 40 })).toString('base64')}`
  const dot = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
  await ada.page.mouse.click(600, 400)
  await ada.page.evaluate(html => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/html', html)
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, `<p><img src="${address}"><img src="${dot}"></p>`)
  await agree(1, ada, bob)
  expect((await shapes(bob))[0].type).toBe('image')
  await expect.poll(async () => Object.keys(await filesOf(bob)).length).toBe(1)
  await ada.isSaved()
})

// [B21]
test('an image that is deleted before it was sent is not sent; one that comes back is', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, { expected: OUTAGE })
  // The first brings along what the canvas needs for images.
  await drop(ada, { name: 'first.png', type: 'image/png', bytes: await picture(ada) })
  await agree(1, ada, bob)
  await expect.poll(async () => (await shownIn(bob)).length).toBe(1)
  await ada.isSaved()
  const bytes = await picture(ada, { side: 32 })
  const sent = watchRequests(ada, 'POST')
  await ada.context.setOffline(true)
  await expect(ada.page.getByTestId('net-state')).toHaveText('Offline')
  await drop(ada, { name: 'second.png', type: 'image/png', bytes })
  await expect.poll(async () => (await shownIn(ada)).length).toBe(2)
  await expect.poll(async () => (await shapes(ada)).filter(({ fileId }) => fileId).length).toBe(2)
  await ada.page.keyboard.press('Delete')
  await expect.poll(async () => (await shapes(ada)).length).toBe(1)
  await ada.context.setOffline(false)
  await isBack(ada)
  await ada.isSaved()
  await agree(1, bob, ada)
  expect(sent).toEqual([])
  await ada.page.evaluate(() => {
    const { board } = globalThis.weft
    board.canvas.api.updateScene({ elements: board.shapes().map(shape => ({ ...shape, isDeleted: false, version: shape.version + 1 })) })
  })
  await agree(2, ada, bob)
  await expect.poll(async () => (await shownIn(bob)).length).toBe(2)
  expect(sent).toHaveLength(1)
})
