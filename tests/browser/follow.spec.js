import { expect, freshName, test } from './fixtures.js'

const people = someone => someone.page.getByRole('list', { name: 'People in this document' })

// [P62]
test('an avatar follows its person until one goes one\'s own way', async ({ weft, person }) => {
  const name = freshName('follow')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.text().click()
  for (let line = 0; line < 80; line++) {
    await ada.page.keyboard.insertText(`line ${line}`)
    await ada.page.keyboard.press('Enter')
  }
  await expect.poll(() => bob.words()).toContain('line 79')
  await ada.rename('Ada')
  await ada.text().focus()
  await ada.page.keyboard.press('Control+Home')
  const caret = await ada.caretSeenBy(bob)
  await expect(caret).toHaveCount(1)
  await ada.page.keyboard.press('Control+End')
  await bob.page.evaluate(() => scrollTo(0, 0))
  const avatar = people(bob).getByRole('button', { name: /^Ada/ })
  await avatar.click()
  await expect(avatar).toHaveAttribute('aria-pressed', 'true')
  await expect(bob.page.getByText('Following Ada · Esc')).toBeVisible()
  await expect(caret).toBeInViewport()
  await ada.page.keyboard.press('Control+Home')
  await expect(bob.page.locator('.prose > p').first()).toBeInViewport()
  await expect(caret).toBeInViewport()
  await bob.page.keyboard.press('Escape')
  await expect(bob.page.getByText('Following Ada · Esc')).toBeHidden()
  await expect(avatar).toHaveAttribute('aria-pressed', 'false')
  await avatar.click()
  await bob.page.mouse.move(400, 400)
  await bob.page.mouse.wheel(0, 200)
  await expect(bob.page.getByText('Following Ada · Esc')).toBeHidden()
  await avatar.click()
  await ada.page.close()
  await expect(bob.page.getByText('Ada has left')).toBeVisible()
  await expect(bob.page.locator('.follow-frame')).toBeHidden()
})

// [P63]
test('who does nothing for a minute or looks elsewhere is away, for the others', async ({ weft, person }) => {
  const name = freshName('idle')
  const ada = await person()
  await ada.page.clock.install()
  await ada.open(weft, name)
  const bob = await (await person()).open(weft, name)
  await ada.type('here')
  await expect(people(bob).getByRole('button', { name: /editing/ })).toHaveCount(1)
  const caret = await ada.caretSeenBy(bob)
  await expect(caret).toHaveCount(1)
  await ada.page.clock.fastForward(61_000)
  await expect(people(bob).getByRole('button', { name: /away/ })).toHaveCount(1)
  await expect(caret, 'a caret of somebody who is away says nothing').toHaveCount(0)
  await ada.page.keyboard.press('ArrowLeft')
  await expect(people(bob).getByRole('button', { name: /editing/ })).toHaveCount(1)
  await expect(caret).toHaveCount(1)
})

// [P63]
test('more than five others are a number that opens the list of everybody', async ({ weft, person }) => {
  const name = freshName('crowd')
  const ada = await (await person()).open(weft, name)
  await ada.page.evaluate(() => {
    const { awareness } = globalThis.weft.session
    for (let id = 1; id <= 7; id++) {
      awareness.states.set(id, { user: { id: `person-${id}`, name: `Person ${id}`, color: '#2563eb' } })
      awareness.meta.set(id, { clock: 1, lastUpdated: Date.now() })
    }
    awareness.emit('change', [{ added: [1, 2, 3, 4, 5, 6, 7], updated: [], removed: [] }, 'test'])
  })
  await expect(people(ada).getByRole('listitem')).toHaveCount(5)
  await ada.page.getByRole('button', { name: '+2 more: show everybody' }).click()
  const all = ada.page.getByRole('dialog', { name: 'Everybody in this document' })
  await expect(all.getByRole('listitem')).toHaveCount(8)
  await expect(all).toContainText('(you)')
  await all.getByRole('button', { name: /^Person 7/ }).click()
  await expect(ada.page.getByText('Following Person 7 · Esc')).toBeVisible()
})

// [P63]
test('who comes and goes is announced once, and can be silenced', async ({ weft, person }) => {
  const name = freshName('announced')
  const ada = await (await person()).open(weft, name)
  const told = ada.page.getByRole('status', { name: 'Who comes and goes' })
  const bob = await (await person()).open(weft, name)
  const { name: bobs } = await bob.self()
  await expect(told).toHaveText(`${bobs} joined.`)
  await bob.page.close()
  await expect(told).toHaveText(`${bobs} left.`)
})
