import { expect, test } from './fixtures.js'
import { link, make, row } from './home.js'

const IN_IT = { kind: 'document', blocks: [{ type: 'heading', level: 1, text: 'Drawn heading' }, { type: 'task', checked: true, text: 'done' }, { type: 'paragraph', text: '<img src=x onerror=alert(1)>' }] }
const ON_IT = {
  kind: 'whiteboard',
  bounds: [0, 0, 200, 100],
  shapes: [
    { type: 'rectangle', x: 0, y: 0, width: 100, height: 50, angle: 0, stroke: '#1971c2', fill: '#a5d8ff', points: [], text: '' },
    { type: 'ellipse', x: 120, y: 0, width: 50, height: 50, angle: 0, stroke: 'url(https://elsewhere.example/x)', fill: 'red;background:url(//elsewhere.example)', points: [], text: '' },
    { type: 'script', x: 0, y: 0, width: 1, height: 1 },
    { type: 'draw', x: 0, y: 50, width: 50, height: 50, angle: 0, stroke: '#000000', fill: null, points: [0, 0, 10, 'x"/><script>', 20, 20], text: '' },
  ],
}

async function previews (someone, answer) {
  await someone.page.route('**/api/documents/*/preview', async route => {
    await route.fulfill(await answer())
  })
}

// [P40] [P41]
test('cards show what is in them, and nothing of a preview is markup or an address', async ({ ownWeft: weft, person }) => {
  await make(weft, 'Text')
  await make(weft, 'Drawing', 'whiteboard')
  await make(weft, 'Nothing')
  await make(weft, 'Broken')
  const ada = await person({ expected: /500/ })
  const asked = []
  await ada.page.route('**/api/documents/*/preview', async route => {
    const name = decodeURIComponent(new URL(route.request().url()).pathname.split('/').at(-2))
    const { title } = await (await fetch(`${weft.origin}/api/documents/${name}`)).json()
    asked.push({ title, etag: await route.request().headerValue('if-none-match') })
    if (asked.filter(one => one.title === title).length > 1 && title === 'Text') return await route.fulfill({ status: 304 })
    if (title === 'Broken') return await route.fulfill({ status: 500, body: 'oops' })
    const json = { Text: IN_IT, Drawing: ON_IT, Nothing: { kind: 'empty' } }[title]
    await route.fulfill({ json, headers: { etag: `"${title}"` } })
  })
  await ada.home(weft)
  const page = row(ada, 'Text').locator('.page')
  await expect(page.locator('[data-type=heading]')).toHaveText('Drawn heading')
  await expect(page.getByText('<img src=x onerror=alert(1)>')).toBeVisible()
  const drawing = row(ada, 'Drawing').locator('.drawing')
  await expect(drawing.locator('[data-type]')).toHaveCount(3)
  await expect(drawing.locator('rect')).toHaveAttribute('fill', '#a5d8ff')
  expect(await drawing.evaluate(svg => svg.outerHTML)).not.toMatch(/elsewhere|script|url\(/)
  for (const title of ['Nothing', 'Broken']) await expect(row(ada, title).locator('.card-picture')).toHaveAttribute('data-state', 'none')
  await ada.home(weft)
  await expect(page.locator('[data-type=heading]')).toHaveText('Drawn heading')
  await expect.poll(() => asked.filter(one => one.title === 'Text').at(-1).etag, 'asks whether it still holds').toBe('"Text"')
})

// [P40]
test('only what is in view is asked for, four at a time', async ({ ownWeft: weft, person }) => {
  for (let at = 0; at < 40; at++) await make(weft, `Number ${at}`)
  const ada = await person({ viewport: { width: 600, height: 500 } })
  const waiting = []
  let most = 0
  await previews(ada, async () => {
    await new Promise(resolve => {
      waiting.push(resolve)
      most = Math.max(most, waiting.length)
    })
    return { json: IN_IT }
  })
  await ada.home(weft)
  await expect.poll(() => waiting.length).toBe(4)
  let answered = 0
  await expect(async () => {
    while (waiting.length > 0) {
      waiting.shift()()
      answered += 1
    }
    await expect(ada.page.locator('.card-picture[data-state=waiting]').first()).not.toBeInViewport({ timeout: 300 })
  }).toPass()
  expect(most).toBe(4)
  expect(answered, 'far below the window nothing was asked for').toBeLessThan(20)
  await ada.page.getByText('Number 0', { exact: true }).scrollIntoViewIfNeeded()
  await expect.poll(() => {
    waiting.splice(0).forEach(resolve => resolve())
    return row(ada, 'Number 0').filter({ has: ada.page.locator('[data-state=drawn]') }).count()
  }).toBe(1)
})

/** Lets a test say who is in which document, over what the server answers. */
async function people (someone, presentIn) {
  let asked = 0
  await someone.page.route(/\/api\/documents\?/, async route => {
    const response = await route.fetch()
    const body = await response.json()
    for (const info of body.documents) Object.assign(info, presentIn(info) ?? { present: [], present_count: 0 })
    await route.fulfill({ response, json: body })
    asked += 1
  })
  return () => asked
}

// [P42]
test('who is in a document shows on its card, and is looked up only while somebody looks', async ({ ownWeft: weft, person }) => {
  await make(weft, 'Busy')
  await make(weft, 'Quiet')
  const ada = await person()
  await ada.page.clock.install()
  let here = [{ id: 'g', name: 'Grace <b>Hopper</b>', color: 'url(//elsewhere.example)' }]
  const asked = await people(ada, ({ title }) => title === 'Busy' ? { present: here, present_count: here.length + 2 } : null)
  await ada.home(weft)
  const faces = row(ada, 'Busy').locator('.faces')
  await expect(faces).toHaveAttribute('title', 'Grace <b>Hopper</b>, 2 more')
  await expect(row(ada, 'Quiet').locator('.faces')).toBeHidden()
  const face = await faces.locator('.avatar').first().elementHandle()
  const once = asked()
  await ada.page.clock.runFor(10_000)
  await expect.poll(asked).toBeGreaterThan(once)
  expect(await face.evaluate(element => element.isConnected), 'what did not change is not drawn again').toBe(true)
  here = []
  await ada.page.clock.runFor(10_000)
  await expect(faces).toHaveAttribute('title', '2 more')
  await ada.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  const hidden = asked()
  await ada.page.clock.runFor(60_000)
  expect(asked(), 'nobody looks').toBe(hidden)
  await ada.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect.poll(asked, 'at once on return').toBe(hidden + 1)
  await ada.page.unrouteAll({ behavior: 'wait' })
})

// [P42]
test('somebody else\'s new document appears by itself, but not under the focus', async ({ ownWeft: weft, person }) => {
  await make(weft, 'Mine')
  const ada = await person()
  await ada.page.clock.install()
  await ada.home(weft)
  await link(ada, 'Mine').focus()
  await make(weft, 'Theirs')
  const answered = ada.page.waitForResponse(/\/api\/documents\?/)
  await ada.page.clock.runFor(10_000)
  await (await answered).finished()
  await expect(ada.page.locator('.card-title')).toHaveText(['Mine'])
  await expect(link(ada, 'Mine')).toBeFocused()
  await ada.page.getByRole('button', { name: 'New board' }).focus()
  await ada.page.clock.runFor(10_000)
  await expect(ada.page.locator('.card-title')).toHaveText(['Theirs', 'Mine'])
})
