import { expect, test } from './fixtures.js'

async function create (someone, weft, title) {
  await someone.home(weft)
  await someone.page.getByRole('button', { name: 'New document' }).click()
  await expect(someone.title()).toBeFocused()
  await someone.page.keyboard.type(title)
  await someone.page.keyboard.press('Enter')
  await someone.page.keyboard.type(`text of ${title}`)
  await someone.isSaved()
}

const row = (someone, title) => someone.page.getByRole('listitem').filter({ hasText: title })

/** Opens the list until it shows `title`: it learns a title shortly after the last keystroke. */
async function listed (someone, weft, title) {
  await expect(async () => {
    await someone.home(weft)
    await expect(row(someone, title)).toBeVisible({ timeout: 500 })
  }).toPass()
}

// [P6]
test('an empty home invites to write, and a new document lands in its title', async ({ ownWeft: weft, person }) => {
  const ada = await (await person()).home(weft)
  await expect(ada.page.getByRole('heading', { name: 'No documents yet' })).toBeVisible()
  await ada.page.getByRole('button', { name: 'Write the first one' }).click()
  await expect(ada.title()).toBeFocused()
  await ada.page.keyboard.type('The first one')
  await ada.isSaved()
  await listed(ada, weft, 'The first one')
})

// [P6]
test('documents are listed, opened and found by their title', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  for (const title of ['Apples and pears', 'Bicycle repair', 'Äpfel']) await create(ada, weft, title)
  await listed(ada, weft, 'Äpfel')
  await expect(ada.page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(3)
  await ada.page.getByRole('searchbox', { name: 'Search documents' }).fill('bicycle')
  await expect(row(ada, 'Bicycle repair')).toBeVisible()
  await expect(row(ada, 'Apples and pears')).toHaveCount(0)
  await ada.page.getByRole('searchbox').fill('no such document')
  await expect(ada.page.getByRole('heading', { name: 'Nothing found' })).toBeVisible()
  await ada.page.getByRole('searchbox').fill('')
  await row(ada, 'Apples and pears').getByRole('link').click()
  await ada.reads('text of Apples and pears')
})

// [P6]
test('a deleted document leaves the list and comes back with undo', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  await create(ada, weft, 'Regretted')
  await listed(ada, weft, 'Regretted')
  await row(ada, 'Regretted').getByRole('button', { name: 'Delete Regretted' }).click()
  await expect(row(ada, 'Regretted')).toHaveCount(0)
  await ada.home(weft)
  await expect(row(ada, 'Regretted')).toHaveCount(0)
  await create(ada, weft, 'Second thoughts')
  await listed(ada, weft, 'Second thoughts')
  await row(ada, 'Second thoughts').getByRole('button', { name: /^Delete/ }).click()
  await ada.page.getByRole('button', { name: 'Undo', exact: true }).click()
  await row(ada, 'Second thoughts').getByRole('link').click()
  await ada.reads('text of Second thoughts')
})

// [P6]
test('a document is renamed in the list and for those who have it open', async ({ ownWeft: weft, person }) => {
  const [ada, bob] = [await person(), await person()]
  await create(ada, weft, 'Old name')
  await bob.home(weft)
  await listed(bob, weft, 'Old name')
  await row(bob, 'Old name').getByRole('button', { name: 'Rename Old name' }).click()
  await bob.page.getByRole('textbox', { name: 'Title' }).fill('New name')
  await bob.page.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(row(bob, 'New name')).toBeVisible()
  await expect(ada.title()).toHaveValue('New name')
})

// [P6]
test('the keyboard alone creates, searches and opens', async ({ ownWeft: weft, person }) => {
  const ada = await person()
  await create(ada, weft, 'On foot')
  await create(ada, weft, 'By hand')
  await listed(ada, weft, 'By hand')
  await ada.page.keyboard.press('/')
  await expect(ada.page.getByRole('searchbox')).toBeFocused()
  await ada.page.keyboard.type('hand')
  await expect(row(ada, 'On foot')).toHaveCount(0)
  await ada.page.keyboard.press('Tab')
  await expect(row(ada, 'By hand').getByRole('link')).toBeFocused()
  await ada.page.keyboard.press('Enter')
  await ada.reads('text of By hand')
  await ada.home(weft)
  await ada.page.keyboard.press('c')
  await expect(ada.title()).toBeFocused()
})
