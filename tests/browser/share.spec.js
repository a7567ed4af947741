import { expect, freshName, test } from './fixtures.js'

const clipboard = page => page.evaluate(() => navigator.clipboard.readText())
const COPYING = { permissions: ['clipboard-read', 'clipboard-write'] }

// [P60]
test('on an open server one click copies the address, and the dialog says who may come', async ({ weft, person }) => {
  const name = freshName('share/open')
  const ada = await (await person(COPYING)).open(weft, name)
  const share = ada.page.getByRole('button', { name: 'Share' })
  await share.click()
  const dialog = ada.page.getByRole('dialog', { name: 'Share' })
  await expect(dialog).toContainText('This server is open')
  await expect(dialog.getByRole('button', { name: 'Copy link' })).toBeFocused()
  await ada.page.keyboard.press('Enter')
  await expect(dialog.getByRole('status')).toHaveText('The link was copied.')
  expect(await clipboard(ada.page)).toBe(`${weft.origin}/d/${encodeURIComponent(name)}`)
  await ada.page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(share).toBeFocused()
})

// [P60] [X1]
test('a link gives the role that was chosen and can be taken back', async ({ closedWeft: weft, person }) => {
  const name = freshName('share')
  const token = weft.mint({ [name]: 'write' }, '--sub', 'ada')
  const ada = await (await person(COPYING)).visit(weft, name, token)
  await ada.canEdit()
  await ada.type('shared words')
  await ada.isSaved()
  await ada.page.getByRole('button', { name: 'Share' }).click()
  const dialog = ada.page.getByRole('dialog', { name: 'Share' })
  await dialog.getByRole('radio', { name: /Can view/ }).check()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await expect(dialog.getByRole('status')).toHaveText('The link was copied.')
  const link = await clipboard(ada.page)
  expect(link, 'not the token of the one who shares').not.toContain(token)

  const bob = await person({ expected: /status of 40[13]/ })
  bob.origin = weft.origin
  await bob.page.goto(link)
  await bob.reads('shared words')
  await expect(bob.saveState()).toHaveText('View only')
  await expect(ada.page.getByRole('list', { name: 'People in this document' }).getByRole('button', { name: /viewing/ })).toHaveCount(1)

  await dialog.getByRole('button', { name: 'Take this link back' }).click()
  await expect(dialog.getByRole('status')).toHaveText('The link opens nothing any more.')
  await expect(bob.page.getByText('Your access is missing or has expired')).toBeVisible()
  await bob.reads('shared words')
})

// [P60]
test('who may only view is told that sharing needs access of others', async ({ closedWeft: weft, person }) => {
  const name = freshName('share')
  const bob = await (await person(COPYING)).visit(weft, name, weft.mint({ [name]: 'read' }))
  await expect(bob.saveState()).toHaveText('View only')
  await bob.page.getByRole('button', { name: 'Share' }).click()
  await expect(bob.page.getByRole('dialog', { name: 'Share' })).toContainText('You can view only')
  await bob.page.getByRole('button', { name: 'Copy link' }).click()
  expect(await clipboard(bob.page)).not.toContain('token')
})
