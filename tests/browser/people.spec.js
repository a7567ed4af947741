// Who is who, how people are kept apart, and what a token gives on these pages.

import { expectAccessible } from './axe.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

const COPYING = { permissions: ['clipboard-read', 'clipboard-write'] }
const REFUSED = /status of 40[134]/

const people = someone => someone.page.getByRole('list', { name: 'People in this document' })
const avatar = (someone, name) => people(someone).getByRole('button', { name })
const signed = (weft, name, role, sub, called) => weft.mint({ [name]: role }, '--sub', sub, '--name', called)

/** Says something in awareness that this page never would. */
const claim = (someone, user) => someone.page.evaluate(said => {
  const { awareness } = globalThis.weft.session
  awareness.setLocalStateField('user', { ...awareness.getLocalState().user, ...said })
}, user)

// [P90] [A6]
test('the name in the token is what everybody sees, everywhere', async ({ closedWeft: weft, person }) => {
  const name = freshName('who')
  const ada = await (await person()).visit(weft, name, signed(weft, name, 'write', 'ada', 'Ada Lovelace'))
  await ada.canEdit()
  const bob = await (await person()).visit(weft, name, signed(weft, name, 'write', 'bob', 'Bob Byron'))
  await bob.canEdit()
  await ada.type('hello')
  await ada.isSaved()
  await expect(avatar(bob, /^Ada Lovelace, editing/)).toHaveCount(1)
  await expect(await ada.caretSeenBy(bob)).toHaveAttribute('data-name', 'Ada Lovelace')
  await ada.page.getByRole('button', { name: 'Chat' }).click()
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('good morning')
  await ada.page.keyboard.press('Enter')
  await bob.page.getByRole('button', { name: /^Chat/ }).click()
  await expect(bob.page.locator('.chat-name')).toHaveText('Ada Lovelace')
  await bob.page.keyboard.press('Escape')
  await bob.page.getByRole('button', { name: 'History' }).click()
  await expect(bob.page.locator('.history-who').first()).toContainText('Ada Lovelace')

  const home = await (await person())
  home.origin = weft.origin
  await home.page.goto(`${weft.origin}/?token=${weft.mint({ '*': 'read' })}`)
  await expect(home.page.locator('.faces .unseen').first()).toContainText('Ada Lovelace')
})

// [P90]
test('who is signed in is told so, and is not asked for a name', async ({ closedWeft: weft, person }) => {
  const name = freshName('own')
  const ada = await (await person()).visit(weft, name, signed(weft, name, 'write', 'ada', 'Ada Lovelace'))
  await ada.canEdit()
  const own = ada.page.getByRole('button', { name: 'You are Ada Lovelace, AL. Change your colour' })
  await own.click()
  const box = ada.page.getByRole('dialog', { name: 'Your colour' })
  await expect(box).toContainText('You are signed in as Ada Lovelace.')
  await expect(box.getByRole('textbox')).toHaveCount(0)
  await expectAccessible(ada.page)
  await box.getByRole('radio', { name: 'Colour 3' }).check({ force: true })
  await box.getByRole('button', { name: 'Save' }).click()
  await expect.poll(async () => (await ada.self()).color).toBe('#4d7c0f')
  expect((await ada.self()).name).toBe('Ada Lovelace')
})

// [P90] [A6]
test('nobody takes the name or the place of somebody who is signed in', async ({ closedWeft: weft, person }) => {
  const name = freshName('taken')
  const ada = await (await person()).visit(weft, name, signed(weft, name, 'write', 'ada', 'Ada Lovelace'))
  await ada.canEdit()
  const eve = await (await person()).visit(weft, name, weft.mint({ [name]: 'write' }))
  await eve.canEdit()
  await eve.rename('Ada Lovelace')
  await claim(eve, { id: (await ada.self()).id })
  const bob = await (await person()).visit(weft, name, signed(weft, name, 'read', 'bob', 'Bob Byron'))
  await expect(avatar(bob, /^Ada Lovelace \(guest\)/)).toHaveCount(1)
  await expect(avatar(bob, /^Ada Lovelace, /)).toHaveCount(1)
  await eve.type('I am Ada')
  await expect(await eve.caretSeenBy(bob)).toHaveAttribute('data-name', 'Ada Lovelace (guest)')
  // So is it in the past and on home.
  await eve.isSaved()
  await bob.page.getByRole('button', { name: 'History' }).click()
  await expect(bob.page.locator('.history-who').filter({ hasText: 'Ada Lovelace' })).toHaveText('Ada Lovelace (guest)')
  await bob.page.keyboard.press('Escape')
  const home = await person()
  home.origin = weft.origin
  await home.page.goto(`${weft.origin}/?token=${weft.mint({ '*': 'read' })}`)
  const here = home.page.locator('.card', { hasText: name }).locator('.faces .unseen')
  await expect(here).toContainText('Ada Lovelace (guest)')
  await expect(here).toContainText('Bob Byron')
  // Also to say something else under one's own token changes nothing.
  await claim(ada, { name: 'Bob Byron', id: 'x' })
  await expect.poll(() => ada.page.evaluate(() => globalThis.weft.session.awareness.getLocalState().user.name)).toBe('Bob Byron')
  await expect(avatar(bob, /^Ada Lovelace, /)).toHaveCount(1)
  await expect(avatar(bob, /^Bob Byron/)).toHaveCount(0)
  await ada.page.close()
  await expect(avatar(bob, /^Ada Lovelace, /)).toHaveCount(0)
})

// [P90]
test('a message in the chat is its writer\'s, whatever it says', async ({ closedWeft: weft, person }) => {
  const name = freshName('said')
  const ada = await (await person()).visit(weft, name, signed(weft, name, 'write', 'ada', 'Ada Lovelace'))
  await ada.canEdit()
  const eve = await (await person()).visit(weft, name, weft.mint({ [name]: 'write' }))
  await eve.canEdit()
  const from = { id: (await ada.self()).id, name: 'Ada Lovelace', color: '#2563eb' }
  await eve.page.evaluate(said => {
    const { doc } = globalThis.weft
    const YMap = doc.getMap('elements').constructor
    doc.getArray('chat').push([new YMap(Object.entries({ id: 'forged', from: said, text: 'send me the keys', at: Date.now() }))])
  }, from)
  await ada.page.getByRole('button', { name: /^Chat/ }).click()
  await expect(ada.page.locator('.chat-name')).toHaveText('Ada Lovelace (guest)')
  await expect(ada.page.getByRole('button', { name: 'Delete this message' })).toHaveCount(0)
})

// [P91]
test('guests in one document have names and colours of their own', async ({ weft, person }) => {
  const name = freshName('apart')
  const same = JSON.stringify({ id: 'ID', name: 'Brave Heron', color: '#c2410c' })
  const arrive = async id => {
    const someone = await person()
    await someone.page.addInitScript(stored => localStorage.getItem('weft-person') ?? localStorage.setItem('weft-person', stored), same.replace('ID', id))
    return await someone.open(weft, name)
  }
  const all = [await arrive('one'), await arrive('two'), await arrive('three')]
  const looks = async field => new Set(await Promise.all(all.map(async someone => (await someone.self())[field])))
  await expect.poll(async () => (await looks('name')).size).toBe(3)
  await expect.poll(async () => (await looks('color')).size).toBe(3)
  for (const someone of all) {
    const { name: called } = await someone.self()
    for (const other of all) if (other !== someone) await expect(avatar(other, new RegExp(`^${called},`))).toHaveCount(1)
  }
})

// [P92]
test('the token leaves the address, and access stays', async ({ closedWeft: weft, person }) => {
  const name = freshName('address')
  const token = weft.mint({ [name]: 'write' }, '--sub', 'ada')
  const ada = await (await person()).visit(weft, name, token)
  await ada.canEdit()
  expect(ada.page.url()).toBe(`${weft.origin}/d/${encodeURIComponent(name)}`)
  await ada.type('mine')
  await ada.isSaved()
  await ada.page.reload()
  await ada.reads('mine')
  await ada.page.getByRole('link', { name: 'All documents' }).click()
  await ada.page.getByRole('list', { name: 'Documents' }).getByRole('link').first().click()
  await ada.reads('mine')
  const other = freshName('address')
  await ada.visit(weft, other, weft.mint({ [other]: 'write' }))
  await ada.canEdit()
  await ada.page.goBack()
  await ada.reads('mine')
})

// [P93]
test('with a folder of one\'s own, one click creates in it, and a template too', async ({ closedWeft: weft, person }) => {
  const ada = await person({ expected: REFUSED })
  ada.origin = weft.origin
  const home = async documents => {
    await ada.page.goto(`${weft.origin}/?token=${weft.mint(documents, '--sub', 'ada')}`)
    await expect(ada.page.getByRole('list', { name: 'Documents' })).not.toHaveAttribute('aria-busy', 'true')
  }
  const folder = freshName('team').replaceAll(' ', '-')
  await home({ [`${folder}/*`]: 'write' })
  await ada.page.getByRole('button', { name: 'New document', exact: true }).click()
  await expect(ada.title()).toBeFocused()
  expect(decodeURIComponent(new URL(ada.page.url()).pathname)).toMatch(new RegExp(`^/d/${folder}/[a-z2-9]{12}$`))
  await home({ [`${folder}/*`]: 'write' })
  await ada.page.getByRole('button', { name: 'New from a template' }).click()
  await ada.page.getByRole('menuitem', { name: 'Meeting notes' }).click()
  await expect(ada.title()).toHaveValue('Meeting notes')
  await home({ [`${folder}/*`]: 'write' })
  await ada.page.getByRole('button', { name: 'New from a template' }).click()
  await ada.page.getByRole('menuitem', { name: 'Document…' }).click()
  const dialog = ada.page.getByRole('dialog', { name: 'New document' })
  await expect(dialog).toContainText(`In ${folder}/`)
  await dialog.getByRole('textbox', { name: 'Name' }).fill('plan')
  await expectAccessible(ada.page)
  await ada.page.keyboard.press('Enter')
  await expect(ada.title()).toBeFocused()
  expect(decodeURIComponent(new URL(ada.page.url()).pathname)).toBe(`/d/${folder}/plan`)

  await home({ [`${folder}/*`]: 'write', [`${folder}-b/*`]: 'write', 'rules/*': 'read' })
  await ada.page.keyboard.press('b')
  const where = ada.page.getByRole('dialog', { name: 'New board' })
  await expect(where.getByRole('combobox', { name: 'Where' }).locator('option')).toHaveText([`${folder}/`, `${folder}-b/`])
  await where.getByRole('combobox').selectOption(`${folder}-b/`)
  await where.getByRole('button', { name: 'Create' }).click()
  await expect.poll(() => decodeURIComponent(new URL(ada.page.url()).pathname)).toMatch(new RegExp(`^/w/${folder}-b/[a-z2-9]{12}$`))

  await home({ 'rules/*': 'read' })
  await ada.page.keyboard.press('c')
  await expect(ada.page.getByText('Your access does not include creating documents here.')).toBeVisible()
})

// [P94] [X10]
test('links are found again, copied again and taken back later', async ({ closedWeft: weft, person }) => {
  const name = freshName('links')
  const ada = await (await person(COPYING)).visit(weft, name, signed(weft, name, 'write', 'ada', 'Ada Lovelace'))
  await ada.canEdit()
  await ada.type('shared words')
  await ada.isSaved()
  const dialog = ada.page.getByRole('dialog', { name: 'Share' })
  const links = dialog.getByRole('list', { name: 'Links to this document' })
  await ada.page.getByRole('button', { name: 'Share' }).click()
  await expect(dialog).toContainText('Can chat')
  await expect(dialog).not.toContainText('comment')
  await dialog.getByRole('radio', { name: /Can view/ }).check()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await expect(links.getByRole('listitem')).toHaveCount(1)
  const first = await ada.page.evaluate(() => navigator.clipboard.readText())
  await ada.page.reload()
  await ada.canEdit()
  await ada.page.getByRole('button', { name: 'Share' }).click()
  await expect(links.getByRole('listitem')).toContainText('Can view by Ada Lovelace, until')
  await ada.page.evaluate(() => navigator.clipboard.writeText(''))
  await links.getByRole('button', { name: /^Copy: Can view/ }).click()
  await expect(dialog.getByRole('status')).toHaveText('The link was copied.')
  expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(first)
  await expectAccessible(ada.page)

  const guest = await person({ expected: REFUSED })
  guest.origin = weft.origin
  await guest.page.goto(first)
  await guest.reads('shared words')
  await links.getByRole('button', { name: /^Take back: Can view/ }).click()
  await expect(links).toBeHidden()
  await expect(guest.page.getByText('Your access is missing or has expired')).toBeVisible()
})

// [P94] [P60]
test('who came by a link is told that links make no links', async ({ closedWeft: weft, person }) => {
  const name = freshName('links')
  const made = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${signed(weft, name, 'write', 'ada', 'Ada')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ access: 'write' }),
  })
  const { token } = await made.json()
  const guest = await (await person(COPYING)).visit(weft, name, token)
  await guest.canEdit()
  await guest.page.getByRole('button', { name: 'Share' }).click()
  await expect(guest.page.getByRole('dialog', { name: 'Share' })).toContainText('You came by a link.')
  await guest.page.getByRole('button', { name: 'Copy link' }).click()
  expect(await guest.page.evaluate(() => navigator.clipboard.readText())).toBe(`${weft.origin}/d/${encodeURIComponent(name)}`)
})

// [P95]
test('without a network home shows what this browser keeps, and it opens', async ({ weft, person }) => {
  const name = freshName('kept')
  const ada = await (await person({ expected: OUTAGE, serviceWorkers: 'allow' })).open(weft, name)
  await ada.title().fill('Kept here')
  await ada.type('words from before')
  await ada.isSaved()
  // Home was never open in this browser.
  const keeps = () => ada.page.evaluate(async () => {
    const cache = await caches.open('weft-pages-1')
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname)
    const home = await (await cache.match('/'))?.text()
    return paths.includes('/d/-') && home && [...home.matchAll(/"(\/assets\/[^"]+)"/g)].every(([, path]) => paths.includes(path))
  })
  await expect.poll(keeps).toBe(true)
  await expect.poll(() => ada.page.evaluate(() => localStorage.getItem('weft-kept') ?? '')).toContain('Kept here')
  await ada.context.setOffline(true)
  await ada.page.goto(`${weft.origin}/`)
  await expect(ada.page.getByText('These documents are kept by this browser')).toBeVisible()
  await ada.page.getByRole('list', { name: 'Documents' }).getByRole('link', { name: /Kept here/ }).click()
  await ada.reads('words from before')
  await ada.type(', and from now')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  await ada.context.setOffline(false)
  await ada.isSaved()
})

// [P96]
test('who went to the chat is found where they were writing', async ({ weft, person }) => {
  const name = freshName('place')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.rename('Ada')
  await ada.text().click()
  for (let line = 0; line < 60; line++) {
    await ada.page.keyboard.insertText(`line ${line}`)
    await ada.page.keyboard.press('Enter')
  }
  await ada.page.keyboard.insertText('the end')
  await expect.poll(() => bob.words()).toContain('the end')
  await ada.page.getByRole('button', { name: 'Chat' }).click()
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('one moment')
  await bob.page.evaluate(() => scrollTo(0, 0))
  await avatar(bob, /^Ada/).click()
  await expect(bob.page.locator('.prose > p').last()).toBeInViewport()
  await expect(bob.page.getByText('has no place in here yet')).toHaveCount(0)
})

// [P97] [T40]
test('a restore is told under the name of the guest who made it', async ({ weft, person }) => {
  const name = freshName('restored')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.rename('Ada')
  await ada.type('first')
  await ada.isSaved()
  await expect(avatar(bob, /^Ada/)).toHaveCount(1)
  await ada.type(' second')
  await ada.isSaved()
  const version = Date.now() - 60_000
  await ada.page.evaluate(async ({ document, at }) => {
    const { clientID } = globalThis.weft.session.awareness
    const answer = await fetch(`/api/documents/${encodeURIComponent(document)}/versions/auto-${at}/restore?client=${clientID}`, { method: 'POST' })
    if (!answer.ok) throw new Error(await answer.text())
  }, { document: name, at: version })
  await expect(bob.page.getByText(/^Ada restored the version from/)).toBeVisible()
})

// [P98]
test('without scripts home says that it needs them', async ({ weft, browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } })
  const page = await context.newPage()
  await page.goto(`${weft.origin}/`)
  const words = page.locator('noscript .banner')
  await expect(words).toContainText('Weft needs JavaScript')
  await expect(words).toBeInViewport()
  await expect(page.locator('.ghost').first()).toBeHidden()
  await context.close()
})

// [P99]
test('an address where nothing is leads home, and says so to programs in JSON', async ({ weft, person }) => {
  const ada = await person({ expected: /status of 404/ })
  ada.origin = weft.origin
  for (const path of ['/nope', '/d', '/w/', '/nope/deeper?x=1']) {
    const answer = await ada.page.goto(weft.origin + path)
    expect(answer.status(), path).toBe(404)
    await expect(ada.page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible()
  }
  await expectAccessible(ada.page)
  await ada.page.getByRole('link', { name: 'All documents' }).click()
  await expect(ada.page.getByRole('heading', { name: 'Documents' })).toBeVisible()
  const program = await fetch(`${weft.origin}/nope`)
  expect([program.status, program.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
})
