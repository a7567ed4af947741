import { expect, freshName, test } from './fixtures.js'

async function pair (person, weft, stem) {
  const name = freshName(stem)
  return [await (await person()).open(weft, name), await (await person()).open(weft, name)]
}

// [P1] [P3]
test('carets carry their owner\'s name and colour', async ({ weft, person }) => {
  const [ada, bob] = await pair(person, weft, 'carets')
  await ada.type('where am I')
  const caret = await ada.caretSeenBy(bob)
  await expect(caret).toBeVisible()
  const self = await ada.self()
  await expect(caret).toHaveAttribute('data-name', self.name)
  const style = await caret.evaluate(element => ({
    label: getComputedStyle(element, '::after').content,
    color: element.style.getPropertyValue('--peer'),
    shown: element.hasAttribute('data-active'),
  }))
  expect(style.label).toContain(self.name)
  expect(style.color).toBe(self.color)
  expect(style.shown, 'the label shows while its owner types').toBe(true)
  await expect(ada.page.locator(`.peer-caret[data-client="${self.client}"]`)).toHaveCount(0)
})

// [P1]
test('a selection is tinted in its owner\'s colour', async ({ weft, person }) => {
  const [ada, bob] = await pair(person, weft, 'selections')
  await ada.type('select these words')
  await bob.reads('select these words')
  await ada.page.keyboard.press('Shift+Home')
  const selection = bob.page.locator('.peer-selection')
  await expect(selection).toHaveText('select these words')
  expect(await selection.evaluate(element => element.style.getPropertyValue('--peer'))).toBe((await ada.self()).color)
  await ada.page.keyboard.press('End')
  await expect(selection).toHaveCount(0)
})

// [P3]
test('everybody has an avatar, and a new name reaches avatar and caret', async ({ weft, person }) => {
  const [ada, bob] = await pair(person, weft, 'avatars')
  const people = bob.page.getByRole('list', { name: 'People in this document' })
  await expect(people.getByRole('button', { name: (await ada.self()).name })).toBeVisible()
  await ada.rename('Ada <i>Lovelace</i>')
  await expect(people.getByRole('button', { name: 'Ada <i>Lovelace</i>' })).toBeVisible()
  await ada.type('hello')
  await expect(await ada.caretSeenBy(bob)).toHaveAttribute('data-name', 'Ada <i>Lovelace</i>')
  await ada.page.reload()
  await ada.canEdit()
  expect((await ada.self()).name, 'remembered in this browser').toBe('Ada <i>Lovelace</i>')
})

// [P3]
test('whoever leaves takes avatar and caret along at once', async ({ weft, person }) => {
  const [ada, bob] = await pair(person, weft, 'leaving')
  await ada.type('bye')
  const caret = await ada.caretSeenBy(bob)
  await expect(caret).toBeVisible()
  await ada.page.close()
  await expect(caret).toHaveCount(0, { timeout: 3_000 })
  await expect(bob.page.getByRole('list', { name: 'People in this document' }).getByRole('listitem')).toHaveCount(0, { timeout: 3_000 })
})

// [P3]
test('two tabs of one person are one person', async ({ weft, person }) => {
  const name = freshName('tabs')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.open(weft, name, await ada.context.newPage())
  const avatars = bob.page.getByRole('list', { name: 'People in this document' }).getByRole('listitem')
  await expect.poll(() => bob.page.evaluate(() => globalThis.weft.session.awareness.getStates().size)).toBe(3)
  await expect(avatars).toHaveCount(1)
})

// [P1]
test('what others type moves neither caret nor scroll position', async ({ weft, person }) => {
  const [ada, bob] = await pair(person, weft, 'anchored')
  await ada.text().click()
  for (let line = 0; line < 60; line++) {
    await ada.page.keyboard.insertText(`line ${line}`)
    await ada.page.keyboard.press('Enter')
  }
  await ada.page.keyboard.insertText('here')
  await expect.poll(() => bob.words()).toContain('here')
  const before = await ada.page.evaluate(() => getSelection().focusNode.parentElement.getBoundingClientRect().top)
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  await bob.page.keyboard.type('above')
  await bob.page.keyboard.press('Enter')
  await expect.poll(() => ada.words()).toContain('above')
  const after = await ada.page.evaluate(() => getSelection().focusNode.parentElement.getBoundingClientRect().top)
  expect(Math.abs(after - before)).toBeLessThan(40)
  await ada.page.keyboard.type('!')
  await expect.poll(() => bob.words()).toContain('here!')
})
