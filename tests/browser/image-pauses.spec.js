import { drop, lookHome, picture, shapes } from './board.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'
import { figures, growRare, isDrawn, pastePicture, storedIn, watchRequests } from './images.js'

const TROUBLE = new RegExp(`Failed to load resource|${OUTAGE.source}`)

/** The ways in which a server does not give images, and how many there are. */
const TROUBLES = [
  ['does not have it', 1, route => route.fulfill({ status: 404, json: { title: 'not found' } })],
  ['is busy', 12, route => route.fulfill({ status: 503, json: { title: 'try later' } })],
  ['is away', 12, route => route.abort('connectionrefused')],
]

/** Makes all nodes of the text anew, as some edits of others do. */
function redraw () {
  const { view } = globalThis.weft.editor
  const { nodeViews } = view.props
  for (let times = 0; times < 20; times++) view.setProps({ nodeViews: { ...nodeViews, image: (...given) => nodeViews.image(...given) } })
}

for (const [what, images, answer] of TROUBLES) {
  // [P102] [B20]
  test(`a text asks ever more rarely for images while the server ${what}, and shows them then`, async ({ weft, person }) => {
    const name = freshName('quiet text')
    const ada = await (await person()).open(weft, name)
    await ada.text().click()
    for (let image = 1; image <= images; image++) {
      await pastePicture(ada, `picture ${image}.png`)
      await expect(storedIn(ada)).toHaveCount(image)
    }
    await ada.isSaved()
    const bob = await person({ expected: TROUBLE })
    await bob.context.route('**/blobs/*', answer)
    const asked = watchRequests(bob, 'GET')
    await bob.open(weft, name)
    await expect(figures(bob).first()).toContainText('The image could not be loaded.')
    await growRare(asked, asked.length)
    // Nor does a text ask again because it is drawn again.
    const before = asked.length
    await bob.page.evaluate(redraw)
    await expect(figures(bob)).toHaveCount(images)
    expect(asked.length).toBeLessThanOrEqual(before + 1)
    await bob.context.unroute('**/blobs/*')
    await isDrawn(bob, bob.page, images)
    await expect(storedIn(bob)).toHaveCount(images)
  })
}

const shownOn = async ({ page }) => await page.evaluate(() => Object.keys(globalThis.weft.board.canvas.api.getFiles()).length)

async function dropPictures (someone, count) {
  for (let image = 1; image <= count; image++) {
    // The bytes are what tells images apart.
    await drop(someone, { name: `${image}.png`, type: 'image/png', bytes: await picture(someone, { side: 16 + image }) })
    await expect.poll(async () => (await shapes(someone)).filter(({ fileId }) => fileId).length).toBe(image)
  }
}

for (const [what, images, answer] of TROUBLES) {
  // [B20]
  test(`a board asks ever more rarely for images while the server ${what}, and shows them then`, async ({ weft, person }) => {
    const name = freshName('quiet board')
    const ada = await (await person()).openBoard(weft, name)
    await lookHome(ada)
    await dropPictures(ada, images)
    await expect.poll(() => ada.page.evaluate(() => globalThis.weft.doc.getMap('files').size)).toBe(images)
    await ada.isSaved()
    const bob = await person({ expected: TROUBLE })
    await bob.context.route('**/blobs/*', answer)
    const asked = watchRequests(bob, 'GET')
    await bob.openBoard(weft, name)
    // A few at once, and then one.
    await growRare(asked, Math.min(images, 4))
    await bob.context.unroute('**/blobs/*')
    await expect.poll(() => shownOn(bob), { timeout: 30_000 }).toBe(images)
  })
}

// [B20]
test('what a busy server does not take is sent ever more rarely, and at once when the connection is back', async ({ ownWeft: weft, person }) => {
  const name = freshName('busy')
  const ada = await (await person({ expected: TROUBLE })).openBoard(weft, name)
  await lookHome(ada)
  let busy = true
  await ada.context.route('**/blobs', route => busy ? route.fulfill({ status: 503, json: { title: 'try later' } }) : route.continue())
  const sent = watchRequests(ada, 'POST')
  await dropPictures(ada, 5)
  await growRare(sent, 3)
  await weft.kill()
  busy = false
  await weft.launch()
  await expect.poll(() => ada.page.evaluate(() => globalThis.weft.doc.getMap('files').size)).toBe(5)
  await ada.isSaved()
})

// [B20] [P102]
test('pages that are open without a server ask for nothing but its return', async ({ ownWeft: weft, person }) => {
  const name = freshName('away')
  const ada = await (await person({ expected: TROUBLE, serviceWorkers: 'allow' })).open(weft, name)
  await ada.text().click()
  for (let image = 1; image <= 4; image++) {
    await pastePicture(ada, `picture ${image}.png`)
    await expect(storedIn(ada)).toHaveCount(image)
  }
  await ada.isSaved()
  await expect.poll(() => ada.page.evaluate(async () => (await (await caches.open('weft-pages-1')).keys()).some(({ url }) => url.endsWith('/d/-')))).toBe(true)
  await weft.kill()
  // Nor has the browser the images any more.
  const session = await ada.context.newCDPSession(ada.page)
  await session.send('Network.clearBrowserCache')
  const asked = watchRequests(ada, 'GET')
  await ada.page.reload()
  await ada.canEdit()
  await expect(figures(ada).first()).toContainText('The image could not be loaded.')
  await growRare(asked, asked.length)
  await weft.launch()
  await isDrawn(ada, ada.page, 4)
})
