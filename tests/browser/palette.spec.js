import { expect, freshName, test } from './fixtures.js'

// [P61]
test('Ctrl+K finds and runs what can be done, by keyboard alone', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('palette'))
  await ada.type('text')
  await ada.page.keyboard.press('Control+k')
  const palette = ada.page.getByRole('dialog', { name: 'Commands' })
  const search = palette.getByRole('combobox')
  await expect(search).toBeFocused()
  const all = await palette.getByRole('option').count()
  expect(all).toBeGreaterThan(4)
  await ada.page.keyboard.type('dark')
  await expect(palette.getByRole('option').first()).toHaveText(/Switch between light and dark/)
  await expect(search).toHaveAttribute('aria-activedescendant', 'palette-0')
  await ada.page.keyboard.press('Enter')
  await expect(palette).toHaveCount(0)
  await expect(ada.page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(ada.text(), 'back to where one was').toBeFocused()
  await ada.page.keyboard.press('Control+k')
  await ada.page.keyboard.type('no such thing at all')
  await expect(palette).toContainText('Nothing found')
  await ada.page.keyboard.press('Escape')
  await expect(ada.text()).toBeFocused()
})

// [P61]
test('other documents are found by their title', async ({ weft, person }) => {
  const title = `Palette target ${process.pid}`
  const target = freshName('target')
  await fetch(`${weft.origin}/api/documents`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: target, title }) })
  const ada = await (await person()).open(weft, freshName('palette'))
  await ada.page.getByRole('button', { name: 'Commands' }).click()
  await ada.page.keyboard.type(title)
  await expect(ada.page.getByRole('option', { name: title })).toBeVisible()
  await ada.page.keyboard.press('Enter')
  await ada.page.waitForURL(`**/d/${encodeURIComponent(target)}`)
  await expect(ada.title(), 'looking writes nothing').toHaveAttribute('placeholder', title)
  await ada.type('first words')
  await expect(ada.title()).toHaveValue(title)
})
