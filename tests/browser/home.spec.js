import { expect, freshName, OUTAGE, test } from './fixtures.js'
import { boardTitle, choose, create, link, listed, make, row } from './home.js'

// [P6]
test('an empty home invites to write, and a new document lands in its title', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  // What is typed into a title that cannot be written yet is gone.
  await ada.page.addInitScript(() => addEventListener('focusin', ({ target }) => target.id === 'title' && (globalThis.focusedWhile = target.readOnly)))
  await ada.home(weft)
  await expect(ada.page.getByRole('heading', { name: 'No documents yet' })).toBeVisible()
  await ada.page.getByRole('button', { name: 'Write the first one' }).click()
  await expect(ada.title()).toBeFocused()
  expect(await ada.page.evaluate(() => globalThis.focusedWhile)).toBe(false)
  await ada.page.keyboard.type('The first one')
  await ada.isSaved()
  await listed(ada, weft, 'The first one')
})

// [P6] [P43]
test('documents are listed, opened and found by their title', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  for (const title of ['Apples and pears', 'Bicycle repair', 'Äpfel']) await create(ada, weft, title)
  await listed(ada, weft, 'Äpfel')
  await expect(ada.page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(3)
  await ada.page.getByRole('searchbox', { name: 'Search documents' }).fill('bicycle')
  await expect(row(ada, 'Apples and pears')).toHaveCount(0)
  await expect(row(ada, 'Bicycle repair').locator('mark')).toHaveText('Bicycle')
  await ada.page.getByRole('searchbox').fill('no such document')
  await expect(ada.page.getByRole('heading', { name: 'Nothing found' })).toBeVisible()
  await ada.page.getByRole('button', { name: 'Clear the search' }).click()
  await link(ada, 'Apples and pears').click()
  await ada.reads('text of Apples and pears')
})

// [P43]
test('boards and documents can be shown apart', async ({ ownWeft: weft, person }) => {
  await make(weft, 'A text')
  await make(weft, 'A drawing', 'whiteboard')
  const ada = await (await person()).home(weft)
  await expect(row(ada, 'A text')).toBeVisible()
  await ada.page.getByRole('radio', { name: 'Boards' }).check()
  await expect(row(ada, 'A text')).toHaveCount(0)
  await expect(link(ada, 'A drawing')).toHaveAttribute('href', /^\/w\//)
  await ada.page.getByRole('radio', { name: 'Documents' }).check()
  await expect(row(ada, 'A drawing')).toHaveCount(0)
  await expect(row(ada, 'A text')).toBeVisible()
})

// [P6]
test('a deleted document leaves the list and comes back with undo', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  await create(ada, weft, 'Regretted')
  await listed(ada, weft, 'Regretted')
  await choose(ada, 'Regretted', 'Delete')
  await expect(row(ada, 'Regretted')).toHaveCount(0)
  await expect(ada.page.getByText('“Regretted” was deleted.')).toBeVisible()
  await ada.home(weft)
  await expect(row(ada, 'Regretted')).toHaveCount(0)
  await create(ada, weft, 'Second thoughts')
  await listed(ada, weft, 'Second thoughts')
  await choose(ada, 'Second thoughts', 'Delete')
  await ada.page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(link(ada, 'Second thoughts')).toBeFocused()
  await ada.page.keyboard.press('Enter')
  await ada.reads('text of Second thoughts')
})

// [P45]
test('several deletions in a row are each undone by themselves', async ({ ownWeft: weft, person }) => {
  for (const title of ['First', 'Second', 'Third', 'Fourth']) await make(weft, title)
  const ada = await (await person()).home(weft)
  await expect(ada.page.locator('.card-title')).toHaveText(['Fourth', 'Third', 'Second', 'First'])
  await link(ada, 'Third').focus()
  for (const title of ['Third', 'Second', 'First']) {
    await expect(link(ada, title), 'the focus goes on to the next').toBeFocused()
    await ada.page.keyboard.press('Delete')
    await expect(row(ada, title)).toHaveCount(0)
  }
  const undo = title => ada.page.locator('.toast').filter({ hasText: `“${title}”` }).getByRole('button', { name: 'Undo' })
  await undo('First').click()
  await expect(ada.page.locator('.card-title')).toHaveText(['Fourth', 'First'])
  await undo('Third').click()
  await expect(ada.page.locator('.card-title')).toHaveText(['Fourth', 'Third', 'First'])
  await ada.home(weft)
  await expect(ada.page.locator('.card-title'), 'as the server has it').toHaveText(['Fourth', 'Third', 'First'])
})

// [P45]
test('what the server will not delete stays', async ({ ownWeft: weft, person }) => {
  await make(weft, 'Stubborn')
  const ada = await (await person({ expected: /503/ })).home(weft)
  await ada.page.route('**/api/documents/*', route => route.request().method() === 'DELETE' ? route.fulfill({ status: 503, body: '' }) : route.fallback())
  await choose(ada, 'Stubborn', 'Delete')
  await expect(ada.page.getByText(/“Stubborn” was not deleted/)).toBeVisible()
  await expect(row(ada, 'Stubborn')).toBeVisible()
})

// [P6]
test('a document is renamed in the list and for those who have it open', async ({ ownWeft: weft, person }) => {
  const [ada, bob] = [await person(), await person()]
  await create(ada, weft, 'Old name')
  await bob.home(weft)
  await listed(bob, weft, 'Old name')
  await choose(bob, 'Old name', 'Rename')
  await bob.page.getByRole('textbox', { name: 'Title' }).fill('New name')
  await bob.page.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(row(bob, 'New name')).toBeVisible()
  await expect(ada.title()).toHaveValue('New name')
})

// [P6] [P44]
test('the keyboard alone creates, searches and opens', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  await create(ada, weft, 'On foot')
  await create(ada, weft, 'By hand')
  await listed(ada, weft, 'By hand')
  await ada.page.keyboard.press('/')
  await expect(ada.page.getByRole('searchbox')).toBeFocused()
  await ada.page.keyboard.type('hand')
  await expect(row(ada, 'On foot')).toHaveCount(0)
  await ada.page.keyboard.press('ArrowDown')
  await expect(link(ada, 'By hand')).toBeFocused()
  await ada.page.keyboard.press('Enter')
  await ada.reads('text of By hand')
  await ada.home(weft)
  await ada.page.keyboard.press('c')
  await expect(ada.title()).toBeFocused()
  await ada.home(weft)
  await ada.page.keyboard.press('b')
  await expect(boardTitle(ada)).toBeFocused()
})

// [P46]
test('arrow keys walk over the cards, F2 renames, the menu works by keyboard', async ({ ownWeft: weft, person }) => {
  for (let at = 7; at >= 1; at--) await make(weft, `Card ${at}`)
  const ada = await (await person({ viewport: { width: 900, height: 800 } })).home(weft)
  const columns = await ada.page.evaluate(() => getComputedStyle(document.getElementById('list')).gridTemplateColumns.split(' ').length)
  expect(columns).toBe(3)
  await link(ada, 'Card 1').focus()
  for (const [key, to] of [['ArrowRight', 2], ['ArrowDown', 5], ['ArrowDown', 7], ['ArrowUp', 4], ['ArrowLeft', 3], ['End', 7], ['Home', 1]]) {
    await ada.page.keyboard.press(key)
    await expect(link(ada, `Card ${to}`), key).toBeFocused()
  }
  await ada.page.keyboard.press('F2')
  await ada.page.getByRole('textbox', { name: 'Title' }).fill('Card one')
  await ada.page.keyboard.press('Enter')
  await expect(link(ada, 'Card one')).toBeFocused()
  await ada.page.keyboard.press('Tab')
  await ada.page.keyboard.press('Enter')
  await expect(ada.page.getByRole('menuitem', { name: 'Open' })).toBeFocused()
  await ada.page.keyboard.press('ArrowUp')
  await expect(ada.page.getByRole('menuitem', { name: 'Delete' })).toBeFocused()
  await ada.page.keyboard.press('Escape')
  await expect(ada.page.getByRole('menu')).toHaveCount(0)
  await expect(row(ada, 'Card one').getByRole('button')).toBeFocused()
  await expect(row(ada, 'Card one')).toBeVisible()
})

// [P46]
test('at 360 px every card can be renamed and deleted by touch', async ({ ownWeft: weft, person }) => {
  await make(weft, 'A rather long title that does not fit into a narrow card')
  await make(weft, 'Short', 'whiteboard')
  const ada = await (await person({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true })).home(weft)
  const overflow = await ada.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  const menu = row(ada, 'Short').getByRole('button', { name: 'Actions for Short' })
  await expect(menu).toHaveCSS('opacity', '1')
  const box = await menu.boundingBox()
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24)
  await menu.tap()
  await ada.page.getByRole('menuitem', { name: 'Delete' }).tap()
  await expect(row(ada, 'Short')).toHaveCount(0)
})

// [P47]
test('a template opens with its content', async ({ ownWeft: weft, person }) => {
  const ada = await (await person()).home(weft)
  await ada.page.getByRole('list', { name: 'Or start from a template' }).getByRole('button', { name: /^Meeting notes/ }).click()
  await ada.page.waitForURL(/\/d\//)
  await expect(ada.title()).toHaveValue('Meeting notes')
  await expect(ada.title()).toBeFocused()
  await expect(ada.text().getByRole('heading')).toHaveText(['Agenda', 'Notes', 'Decisions', 'Who does what'])
  await expect(ada.text().getByRole('checkbox'), 'nothing of it is unknown to the editor').toHaveCount(2)
  await ada.home(weft)
  await expect(row(ada, 'Meeting notes')).toHaveCount(1)
  await ada.page.getByRole('button', { name: 'New from a template' }).click()
  await ada.page.getByRole('menuitem', { name: 'Flow chart' }).click()
  await expect(boardTitle(ada)).toHaveValue('Flow chart')
  const types = await ada.page.evaluate(() => [...window.weft.doc.getMap('elements').values()].map(element => element.get('type')).sort())
  expect(types.filter(type => type === 'arrow')).toHaveLength(4)
  expect(types.filter(type => type === 'diamond')).toHaveLength(1)
})

// [P47]
test('a template whose answers get lost is made once all the same', async ({ ownWeft: weft, person }) => {
  const ada = await (await person({ expected: /409|ERR_CONNECTION_RESET/ })).home(weft)
  const lose = { create: true, update: true }
  await ada.page.route('**/api/documents', async route => {
    if (route.request().method() !== 'POST' || !lose.create) return await route.fallback()
    lose.create = false
    await route.fetch()
    await route.abort('connectionreset')
  })
  await ada.page.route('**/api/documents/*/update', async route => {
    if (!lose.update) return await route.fallback()
    lose.update = false
    await route.fetch()
    await route.abort('connectionreset')
  })
  await ada.page.getByRole('button', { name: /^Weekly review/ }).click()
  for (let attempt = 0; attempt < 2; attempt++) await ada.page.locator('.toast').getByRole('button', { name: 'Try again' }).click()
  await ada.page.waitForURL(/\/d\//)
  await expect(ada.title()).toHaveValue('Weekly review')
  await expect(ada.text().getByRole('heading')).toHaveText(['Done', 'Learned', 'Stuck', 'Next week'])
  const { documents } = await (await fetch(`${weft.origin}/api/documents`)).json()
  expect(documents).toHaveLength(1)
})

// [P48]
test('home says when the server is away, and comes back by itself', async ({ ownWeft: weft, person }) => {
  await make(weft, 'Survivor')
  const ada = await (await person({ expected: OUTAGE })).home(weft)
  await expect(row(ada, 'Survivor')).toBeVisible()
  await weft.kill()
  await expect(ada.page.getByRole('alert')).toContainText('The server cannot be reached', { timeout: 30_000 })
  await expect(row(ada, 'Survivor'), 'what was known stays').toBeVisible()
  await weft.launch()
  await expect(ada.page.getByRole('alert')).toBeHidden()
  await expect(row(ada, 'Survivor')).toBeVisible()
})

// [P48]
test('without access home says what to do', async ({ closedWeft: weft, person }) => {
  const ada = await person({ expected: /401|403/ })
  await ada.home(weft)
  await expect(ada.page.getByRole('heading', { name: 'You need a link to come in' })).toBeVisible()
  await ada.page.goto(`${weft.origin}/?token=${weft.mint({ 'team/plan': 'write' })}`)
  await expect(ada.page.getByRole('heading', { name: 'No documents yet' })).toBeVisible()
  await ada.page.keyboard.press('c')
  await expect(ada.page.getByText('Your access does not include creating documents here.')).toBeVisible()
  await ada.page.goto(`${weft.origin}/?token=broken`)
  await expect(ada.page.getByRole('heading', { name: 'Your access has ended' })).toBeVisible()
})

// [P49]
test('nothing moves while home loads, and a chosen view is there at once', async ({ ownWeft: weft, person }) => {
  for (let at = 0; at < 12; at++) await make(weft, freshName('still'))
  const ada = await person()
  await ada.page.addInitScript(() => {
    window.shifted = 0
    new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shifted += entry.value })).observe({ type: 'layout-shift', buffered: true })
  })
  let release
  const held = new Promise(resolve => { release = resolve })
  await ada.page.route(/\/api\/documents\?/, async route => {
    await held
    await route.fallback()
  })
  ada.origin = weft.origin
  await ada.page.goto(weft.origin)
  await expect(ada.page.locator('.ghost')).toHaveCount(8)
  release()
  await expect(ada.page.locator('.card-title')).toHaveCount(12)
  await ada.page.evaluate(() => document.fonts.ready)
  expect(await ada.page.evaluate(() => window.shifted)).toBeLessThan(0.02)
  await ada.page.getByRole('button', { name: 'Show as a list' }).click()
  await ada.page.reload()
  await expect(ada.page.locator('.card-title')).toHaveCount(12)
  await expect(ada.page.getByRole('button', { name: 'Show as cards' })).toBeVisible()
  const tops = await ada.page.locator('.card').evaluateAll(cards => new Set(cards.map(card => card.getBoundingClientRect().left)).size)
  expect(tops, 'one below the other').toBe(1)
  expect(await ada.page.evaluate(() => window.shifted)).toBeLessThan(0.02)
})
