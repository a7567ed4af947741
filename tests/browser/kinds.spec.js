import { newest } from '../clients/stock/versions.js'
import { draw } from './board.js'
import { expect, freshName, test } from './fixtures.js'

const { Y } = newest

async function kindOf (weft, name) {
  const { documents } = await (await fetch(`${weft.origin}/api/documents?${new URLSearchParams({ name })}`)).json()
  return documents[0]?.kind
}

// [P68]
test('what is opened by its address gets the kind of the page where it is first edited, and looking gives it none', async ({ weft, person }) => {
  const [board, text] = [freshName('board'), freshName('text')]
  const ada = await (await person()).openBoard(weft, board)
  expect(await kindOf(weft, board), 'before the first edit').toBeUndefined()
  await draw(ada, 'rectangle', [300, 300], [400, 380])
  await expect.poll(() => kindOf(weft, board)).toBe('whiteboard')
  await ada.open(weft, text)
  await ada.type('words')
  await expect.poll(() => kindOf(weft, text)).toBe('document')
})

// [P68] [P40]
test('a board made by another client is a board on home, with a picture and a link to match', async ({ ownWeft: weft, person }) => {
  const name = freshName('made elsewhere')
  const doc = new Y.Doc()
  const shape = { type: 'rectangle', x: 0, y: 0, width: 120, height: 60, strokeColor: '#1971c2', backgroundColor: 'transparent', index: 'a0' }
  doc.getMap('elements').set('one', new Y.Map(Object.entries(shape)))
  const answer = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/update`, { method: 'POST', body: Y.encodeStateAsUpdate(doc) })
  expect(answer.status).toBe(204)
  expect(await kindOf(weft, name)).toBe('any')
  const ada = await (await person()).home(weft)
  const card = ada.page.getByRole('listitem').filter({ hasText: name })
  await expect(card.locator('.card-picture svg')).toBeVisible()
  await expect(card.getByRole('link')).toHaveAttribute('href', `/w/${encodeURIComponent(name)}`)
  await card.getByRole('link').click()
  await expect(ada.page.locator('body[data-canvas="ready"]')).toBeAttached()
})

/** Goes to an address and says what of the page was there on the way: every state of the body, and the documents it was a page of. */
async function opened (someone, address) {
  await someone.page.addInitScript(() => {
    const seen = JSON.parse(sessionStorage.getItem('seen') ?? '[]')
    const look = () => {
      const { loaded } = document.body?.dataset ?? {}
      const state = `${location.pathname.slice(0, 3)} ${loaded === 'true' ? 'shown' : 'shut'}`
      if (seen.at(-1) !== state) seen.push(state)
      sessionStorage.setItem('seen', JSON.stringify(seen))
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter: ['data-loaded'] })
  })
  await someone.page.goto(address)
  return async () => JSON.parse(await someone.page.evaluate(() => sessionStorage.getItem('seen')))
}

const stateOf = async (weft, name) => Buffer.from(await (await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/update`)).arrayBuffer()).toString('base64')

// [P105]
for (const [what, made, asked, belongs] of [
  ['a text opened as a board', { letters: doc => doc.getText('text').insert(0, 'words') }, '/w/', '/d/'],
  ['a text of the older format opened as a board', { letters: doc => doc.getXmlFragment('body').push([new Y.XmlElement('paragraph')]) }, '/w/', '/d/'],
  ['an empty text opened as a board', { kind: 'document' }, '/w/', '/d/'],
  ['a board opened as a text', { letters: doc => doc.getMap('elements').set('one', new Y.Map(Object.entries({ type: 'rectangle', x: 0, y: 0, width: 9, height: 9 }))) }, '/d/', '/w/'],
  ['an empty board opened as a text', { kind: 'whiteboard' }, '/d/', '/w/'],
]) {
  test(`${what} leads to its own page, without a flash and without a word written`, async ({ weft, person }) => {
    const name = freshName(what)
    const headers = { 'content-type': 'application/json' }
    if (made.kind) expect((await fetch(`${weft.origin}/api/documents`, { method: 'POST', headers, body: JSON.stringify({ name, kind: made.kind }) })).status).toBe(201)
    const doc = new Y.Doc()
    made.letters?.(doc)
    if (made.letters) expect((await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/update`, { method: 'POST', body: Y.encodeStateAsUpdate(doc) })).status).toBe(204)
    const before = await stateOf(weft, name)
    const ada = await person()
    ada.origin = weft.origin
    const seen = await opened(ada, `${weft.origin}${asked}${encodeURIComponent(name)}?x=1`)
    await expect(ada.page).toHaveURL(`${weft.origin}${belongs}${encodeURIComponent(name)}?x=1`)
    await expect(ada.page.locator('body')).toHaveAttribute('data-loaded', 'true')
    expect(await seen()).not.toContain(`${asked} shown`)
    expect(await stateOf(weft, name)).toBe(before)
  })
}

// [P105]
test('what has been opened before leads on without the server, and a new name is what it is opened as', async ({ weft, person }) => {
  const [text, fresh] = [freshName('text'), freshName('fresh')]
  const ada = await (await person({ expected: /ERR_FAILED|net::/ })).open(weft, text)
  await ada.type('words')
  await ada.isSaved()
  await ada.page.route(/\/api\//, route => route.abort())
  await ada.page.goto(`${weft.origin}/w/${encodeURIComponent(text)}`)
  await expect(ada.page).toHaveURL(`${weft.origin}/d/${encodeURIComponent(text)}`)
  await ada.page.unroute(/\/api\//)
  await ada.openBoard(weft, fresh)
  await draw(ada, 'rectangle', [300, 300], [400, 380])
  await expect.poll(() => kindOf(weft, fresh)).toBe('whiteboard')
})

// [P105]
test('a board that is empty yet becomes the page of the text somebody writes meanwhile', async ({ weft, person }) => {
  const name = freshName('both')
  const ada = await (await person()).openBoard(weft, name)
  const bob = await (await person()).open(weft, name)
  await bob.type('words')
  await expect(ada.page).toHaveURL(`${weft.origin}/d/${encodeURIComponent(name)}`)
  await expect(ada.page.locator('body')).toHaveAttribute('data-loaded', 'true')
})
