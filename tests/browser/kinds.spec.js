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
