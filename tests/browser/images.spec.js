import { json, paste, PNG, two } from './editor-fixtures.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'
import { figures, fillKept, isBack, isDrawn, keptImages, pastePicture, storedIn, watchRequests } from './images.js'

/** What Chromium logs for an answer that is no success, besides what it logs without a server. */
const TROUBLE = new RegExp(`Failed to load resource|${OUTAGE.source}`)

/** Somebody whose browser keeps the pages too, so that they open without a network. */
async function keeper (weft, person, name) {
  const someone = await (await person({ expected: TROUBLE, serviceWorkers: 'allow' })).open(weft, name)
  await someone.type('above')
  await someone.isSaved()
  await expect.poll(() => someone.page.evaluate(async () => (await (await caches.open('weft-pages-1')).keys()).some(({ url }) => url.endsWith('/d/-')))).toBe(true)
  return someone
}

const imagesIn = async (someone, page = someone.page) =>
  (await page.evaluate(() => globalThis.weft.editor.getJSON().content)).filter(({ type }) => type === 'image').map(({ attrs }) => attrs)

test.describe('an image put into a text without a server', () => {
  // [P100]
  test('is there after a reload without one, and reaches the others and the server at the return', async ({ ownWeft: weft, person }) => {
    const name = freshName('kept image')
    const ada = await keeper(weft, person, name)
    await weft.kill()
    await pastePicture(ada)
    await expect(figures(ada)).toContainText('Kept on this device')
    await isDrawn(ada)
    await expect(ada.saveState()).toHaveAttribute('data-state', 'local')
    await ada.context.setOffline(true)
    await ada.page.reload()
    await ada.canEdit()
    await isDrawn(ada)
    await expect(figures(ada)).toContainText('Kept on this device')
    await weft.launch()
    await ada.context.setOffline(false)
    await expect(storedIn(ada)).toHaveCount(1)
    await ada.isSaved()
    const bob = await (await person()).open(weft, name)
    await isDrawn(bob)
    // Nothing is left behind once the server has the document with the hash.
    await expect.poll(() => keptImages(ada)).toBe(0)
    await ada.page.reload()
    await ada.canEdit()
    await isDrawn(ada)
  })

  // [P100]
  test('is sent by another tab when its own has crashed, and the others are told to wait until then', async ({ weft, person }) => {
    const name = freshName('crashed tab')
    const ada = await keeper(weft, person, name)
    const bob = await (await person()).open(weft, name)
    let away = true
    await ada.context.route('**/blobs', route => away ? route.abort('connectionrefused') : route.continue())
    await pastePicture(ada)
    await ada.isSaved()
    await expect(figures(bob)).toContainText('This image is still being uploaded.')
    const other = await ada.context.newPage()
    const crashed = ada.page.waitForEvent('crash')
    await ada.page.goto('chrome://crash').catch(() => undefined)
    await crashed
    await ada.open(weft, name, other)
    await isDrawn(ada, other)
    await expect(figures(bob)).toContainText('This image is still being uploaded.')
    away = false
    await expect(storedIn(bob)).toHaveCount(1)
    await isDrawn(bob)
  })

  // [P100]
  test('that is copied from another document is fetched and stored at the return', async ({ weft, person }) => {
    const [from, name] = [freshName('source'), freshName('copy')]
    const ada = await (await person({ expected: TROUBLE })).open(weft, from)
    await ada.text().click()
    await pastePicture(ada)
    await expect(storedIn(ada)).toHaveCount(1)
    const [{ blob }] = await imagesIn(ada)
    await expect.poll(() => keptImages(ada)).toBe(0)
    await ada.open(weft, name)
    await ada.isSaved()
    await ada.context.setOffline(true)
    await expect(ada.saveState()).toHaveAttribute('data-state', /saved|local/)
    await ada.text().click()
    await paste(ada, { 'text/html': `<img data-blob="${blob}" data-type="image/png" data-document="${from}" width="4" height="2" alt="Far">` })
    await expect(figures(ada)).toHaveCount(1)
    await expect.poll(() => keptImages(ada)).toBe(1)
    await ada.context.setOffline(false)
    await ada.open(weft, name)
    await expect(storedIn(ada)).toHaveCount(1)
    const bob = await (await person()).open(weft, name)
    await isDrawn(bob)
  })

  // [P101]
  test('is in this tab only when the browser keeps as many as it may, which is said', async ({ weft, person }) => {
    const name = freshName('full')
    const ada = await (await person({ expected: TROUBLE })).open(weft, name)
    const bob = await (await person()).open(weft, name)
    await fillKept(ada, 200)
    await ada.context.setOffline(true)
    await expect(ada.page.getByTestId('net-state')).toHaveText('Offline')
    await ada.type('above')
    await pastePicture(ada)
    await expect(ada.page.locator('.toast')).toContainText('may be 200, with 256 MiB together, and this browser has no room for more. Keep this tab open')
    await expect(figures(ada)).toContainText('Only in this tab')
    expect(await keptImages(ada)).toBe(200)
    await ada.context.setOffline(false)
    await isDrawn(bob)
    await expect(storedIn(bob)).toHaveCount(1)
  })

  // [P103]
  test('and undone is not sent; a redo brings it back and sends it', async ({ weft, person }) => {
    const name = freshName('undone')
    const ada = await (await person({ expected: TROUBLE })).open(weft, name)
    const bob = await (await person()).open(weft, name)
    await bob.type('above')
    await ada.reads('above')
    const sent = watchRequests(ada, 'POST')
    await ada.context.setOffline(true)
    await expect(ada.page.getByTestId('net-state')).toHaveText('Offline')
    await ada.page.evaluate(() => globalThis.weft.editor.commands.setTextSelection(globalThis.weft.editor.state.doc.content.size))
    await pastePicture(ada)
    await isDrawn(ada)
    await ada.text().press('Control+z')
    await expect(figures(ada)).toHaveCount(0)
    await ada.context.setOffline(false)
    await isBack(ada)
    await bob.type(' and on')
    await ada.reads('above and on')
    expect(sent).toEqual([])
    await ada.text().press('Control+Shift+z')
    await expect(storedIn(bob)).toHaveCount(1)
    expect(sent).toHaveLength(1)
  })
})

// [P103]
test('an image that is undone and redone after it was stored is shown again', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'redone')
  await ada.text().click()
  await pastePicture(ada)
  await expect(storedIn(bob)).toHaveCount(1)
  await ada.text().press('Control+z')
  await expect(figures(bob)).toHaveCount(0)
  await ada.text().press('Control+Shift+z')
  await expect(storedIn(bob)).toHaveCount(1)
  await isDrawn(bob)
})

// [P100]
test('two tabs of one browser send an image once', async ({ weft, person }) => {
  const name = freshName('two tabs')
  const ada = await (await person()).open(weft, name)
  const other = await ada.context.newPage()
  await ada.open(weft, name, other)
  const sent = watchRequests(ada, 'POST')
  let release
  const held = new Promise(resolve => { release = resolve })
  await ada.context.route('**/blobs', async route => {
    await held
    await route.continue()
  })
  await ada.page.bringToFront()
  await ada.text().click()
  await pastePicture(ada)
  // The other tab has the node and the bytes, and leaves the sending to the first.
  await expect(figures(ada, other)).toHaveAttribute('data-state', 'sending')
  await isDrawn(ada, other)
  release()
  await expect(storedIn(ada)).toHaveCount(1)
  await expect(figures(ada, other)).toHaveAttribute('data-state', 'shown')
  await ada.isSaved()
  expect(sent).toHaveLength(1)
})

test.describe('an image is once in the text', () => {
  const dropAt = ({ page }, target, files) => page.evaluate(([target, files]) => {
    const transfer = new DataTransfer()
    for (const [name, type, bytes] of files) transfer.items.add(new File([Uint8Array.from(atob(bytes), sign => sign.charCodeAt(0))], name, { type }))
    const element = document.querySelector(target)
    const { left, top } = element.getBoundingClientRect()
    const at = { clientX: left + 5, clientY: top + 5, bubbles: true, cancelable: true, dataTransfer: transfer }
    element.dispatchEvent(new DragEvent('dragover', at))
    element.dispatchEvent(new DragEvent('drop', at))
  }, [target, files])

  // [P104]
  test('whether it is pasted, dropped on the text or beside it, alone or with others', async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person, 'once')
    await ada.type('above')
    await pastePicture(ada)
    await expect(storedIn(bob)).toHaveCount(1)
    await dropAt(ada, '.ProseMirror p', [['two.png', 'image/png', PNG]])
    await expect(storedIn(bob)).toHaveCount(2)
    await dropAt(ada, '#sheet', [['three.png', 'image/png', PNG], ['four.png', 'image/png', PNG]])
    await expect(storedIn(bob)).toHaveCount(4)
    await paste(ada, { 'text/html': '<img src="https://elsewhere.example/a.png">' }, [['five.png', 'image/png', PNG]])
    await expect(storedIn(bob)).toHaveCount(5)
    await ada.isSaved()
    expect(await imagesIn(ada)).toHaveLength(5)
    expect((await imagesIn(ada)).map(({ alt }) => alt).sort()).toEqual(['five', 'four', 'sea view', 'three', 'two'])
  })

  // [P33]
  test('also when its bytes come in pasted or dropped HTML, beside its file, or in Markdown', async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person, 'embedded')
    const sent = watchRequests(ada, 'POST')
    const html = `<p>before</p><p><img src="data:image/png;base64,${PNG}" alt="Sea"></p><p>after</p><img src="data:image/svg+xml,%3Csvg/%3E">`
    await ada.text().click()
    await paste(ada, { 'text/html': html })
    await expect(storedIn(bob)).toHaveCount(1)
    await isDrawn(bob)
    await expect(ada.page.locator('.toast')).toContainText('An image was left out. Images may be')
    expect(await ada.words()).toContain('before')
    // A browser that copies such an image gives its file, too.
    await paste(ada, { 'text/html': `<img src="data:image/png;base64,${PNG}">` }, [['two.png', 'image/png', PNG]])
    await expect(storedIn(bob)).toHaveCount(2)
    await expect.poll(() => keptImages(ada)).toBe(0)
    await ada.page.keyboard.press('Control+End')
    await paste(ada, { 'text/plain': `![Three][1]\n\n[1]: <data:image/png;base64,${PNG}>` })
    await expect(storedIn(bob)).toHaveCount(3)
    await ada.page.evaluate(html => {
      const { left, top } = document.querySelector('.ProseMirror p').getBoundingClientRect()
      const dataTransfer = new DataTransfer()
      dataTransfer.setData('text/html', html)
      document.querySelector('.ProseMirror p').dispatchEvent(new DragEvent('drop', { clientX: left + 5, clientY: top + 5, bubbles: true, cancelable: true, dataTransfer }))
    }, `<p>dropped</p><img src="data:image/png;base64,${PNG}" alt="Four">`)
    await expect(storedIn(bob)).toHaveCount(4)
    await expect.poll(() => keptImages(ada)).toBe(0)
    await ada.isSaved()
    expect((await imagesIn(ada)).map(({ alt, width, height }) => `${alt} ${width}×${height}`).sort()).toEqual(['Four 4×2', 'Sea 4×2', 'Three 4×2', 'two 4×2'])
    expect(JSON.stringify(await json(bob))).not.toContain('data:')
    expect(sent).toHaveLength(4)
  })

  // [P104]
  test('also when it is cut and pasted while it is on its way', async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person, 'cut')
    ada.expected = TROUBLE
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    let away = true
    await ada.page.route('**/blobs', route => away ? route.abort('connectionrefused') : route.continue())
    await ada.type('above')
    await pastePicture(ada)
    await isDrawn(ada)
    await figures(ada).locator('.image-frame').click()
    await ada.page.keyboard.press('Control+x')
    await expect(figures(bob)).toHaveCount(0)
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.press('Control+v')
    await isDrawn(ada)
    await expect(figures(bob)).toHaveCount(1)
    away = false
    await expect(storedIn(bob)).toHaveCount(1)
    await isDrawn(bob)
    expect(await imagesIn(ada)).toHaveLength(1)
  })

  // [P104]
  test('also when it is dragged to another place', async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person, 'dragged')
    await ada.type('first')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('second')
    await pastePicture(ada)
    await expect(storedIn(bob)).toHaveCount(1)
    await figures(ada).locator('.image-frame').dragTo(ada.text().getByText('first'), { targetPosition: { x: 1, y: 2 } })
    await expect.poll(async () => (await json(bob)).content.findIndex(({ type }) => type === 'image')).toBeLessThan(2)
    expect(await imagesIn(ada)).toHaveLength(1)
    await bob.reads(await ada.words())
  })
})
