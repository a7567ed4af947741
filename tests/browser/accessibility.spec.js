import { expectAccessible } from './axe.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

for (const colorScheme of ['light', 'dark']) {
  // [P8]
  test(`the document page is accessible, ${colorScheme}`, async ({ weft, person }) => {
    const name = freshName('axe')
    const [ada, bob] = [await (await person({ colorScheme })).open(weft, name), await (await person()).open(weft, name)]
    await ada.title().fill('Accessible')
    await ada.type('# Heading')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('> quoted `code` and **bold**')
    await bob.type(' from bob')
    await bob.page.keyboard.press('Shift+Home')
    await expect(await bob.caretSeenBy(ada)).toBeVisible()
    await ada.isSaved()
    await expectAccessible(ada.page, 'with a caret and a selection of somebody else')
    await ada.page.getByRole('button', { name: /^You are / }).click()
    await expectAccessible(ada.page, 'with the name dialog open')
    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('button', { name: 'Share' }).click()
    await expectAccessible(ada.page, 'with the share dialog open')
    await ada.page.keyboard.press('Escape')
    await ada.page.keyboard.press('Control+k')
    await expect(ada.page.getByRole('option').first()).toBeVisible()
    await expectAccessible(ada.page, 'with the palette open')
    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('list', { name: 'People in this document' }).getByRole('button').first().click()
    await expectAccessible(ada.page, 'while following somebody')
  })

  // [P8]
  test(`an outage is announced accessibly, ${colorScheme}`, async ({ weft, person }) => {
    const ada = await (await person({ colorScheme, expected: OUTAGE })).open(weft, freshName('axe'))
    await ada.type('kept')
    await ada.isSaved()
    await ada.context.setOffline(true)
    await expect(ada.page.getByTestId('banner')).toBeVisible()
    await expectAccessible(ada.page, 'with the banner')
    await ada.context.setOffline(false)
    await ada.isSaved()
  })

  // [P8]
  test(`the home page is accessible, ${colorScheme}`, async ({ ownWeft: weft, person }) => {
    const ada = await (await person({ colorScheme })).home(weft)
    await expectAccessible(ada.page, 'empty')
    await fetch(`${weft.origin}/api/documents`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"Untidy"}' })
    await ada.home(weft)
    await expectAccessible(ada.page, 'with a document')
    await ada.page.getByRole('button', { name: 'New from a template' }).click()
    await expectAccessible(ada.page, 'with the menu of templates')
    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('button', { name: /^Actions for/ }).click()
    await expectAccessible(ada.page, 'with the menu of a document')
    await ada.page.getByRole('menuitem', { name: 'Rename' }).click()
    await expectAccessible(ada.page, 'with the rename dialog')
    await ada.page.getByRole('button', { name: 'Cancel' }).click()
    await ada.page.getByRole('button', { name: 'Show as a list' }).click()
    await ada.page.getByRole('searchbox').fill('unt')
    await expect(ada.page.locator('mark')).toHaveText('Unt')
    await expectAccessible(ada.page, 'as a list, with a match')
    await ada.page.getByRole('searchbox').fill('nothing like it')
    await expect(ada.page.getByRole('heading', { name: 'Nothing found' })).toBeVisible()
    await expectAccessible(ada.page, 'with nothing found')
    await ada.page.getByRole('searchbox').fill('')
    await ada.page.getByRole('button', { name: /^Actions for/ }).click()
    await ada.page.getByRole('menuitem', { name: 'Delete' }).click()
    await expect(ada.page.getByRole('button', { name: 'Undo', exact: true })).toBeVisible()
    await expectAccessible(ada.page, 'with a message')
  })
}

// [P8]
test('the toolbar works by keyboard', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('keys'))
  await ada.type('bold me')
  await ada.page.keyboard.press('Control+a')
  await ada.page.keyboard.press('Alt+F10')
  const bold = ada.page.getByRole('button', { name: 'Bold', exact: true })
  for (let step = 0; step < 20 && !(await bold.evaluate(button => button === document.activeElement)); step++) {
    await ada.page.keyboard.press('ArrowRight')
  }
  await expect(bold).toBeFocused()
  await ada.page.keyboard.press('Enter')
  await expect(ada.text().locator('strong')).toHaveText('bold me')
  await ada.page.keyboard.press('Escape')
  await expect(ada.text()).toBeFocused()
})
