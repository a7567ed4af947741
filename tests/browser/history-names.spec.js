import { Weft } from '../clients/stock/weft.js'
import { expect, test } from './fixtures.js'
import { open, part, past, ready, shown, slider, written } from './history.js'

const list = someone => past(someone).getByRole('complementary', { name: 'Versions' })

async function fill ({ page }, heading, label) {
  const question = page.getByRole('dialog', { name: heading })
  await question.getByRole('textbox', { name: 'Name' }).fill(label)
  await page.keyboard.press('Enter')
  await expect(question).toHaveCount(0)
}

async function listed (weft, document) {
  const { versions } = await (await fetch(`${weft.origin}/api/documents/${encodeURIComponent(document)}/versions`)).json()
  return versions
}

// [T42] [T47] [T51]
test('any moment is named where it is shown, and stays in its place', async ({ weft, person }) => {
  const { document, ada } = await written(weft, person)
  await open(ada)
  await ada.page.keyboard.press('Shift+ArrowLeft')
  for (let letter = 0; letter < 5; letter++) await ada.page.keyboard.press('ArrowLeft')
  const words = await part(ada, 'Apples and pears.')
  await ada.page.keyboard.press('F2')
  await fill(ada, 'Name this version', 'Halfway')
  await expect(slider(ada)).toBeFocused()
  await expect(past(ada)).toContainText('“Halfway” · Viewing the past')
  await expect(slider(ada)).toHaveAttribute('aria-valuetext', /, Halfway$/)

  // What has a name gets another.
  await list(ada).getByRole('button', { name: 'Rename this version…' }).click()
  await fill(ada, 'Rename the version', 'Half of it')
  await expect(list(ada).getByRole('button', { name: /^Half of it/ })).toHaveAttribute('aria-current', 'true')

  // What follows from the edits can be named in the list.
  const pencil = list(ada).getByRole('button', { name: /^Name the version from/ })
  await expect(pencil).toHaveCount(1)
  await pencil.click()
  await fill(ada, 'Name this version', 'With berries')
  await expect(pencil).toHaveCount(0)
  await list(ada).getByRole('button', { name: 'Named only' }).click()
  await expect(list(ada).getByRole('listitem')).toHaveText([/With berries/, /First draft/, /Half of it/])
  expect((await listed(weft, document)).map(({ label }) => label)).toEqual(expect.arrayContaining(['With berries', 'First draft', 'Half of it']))

  await ada.page.setViewportSize({ width: 360, height: 720 })
  const names = past(ada).locator('.history-mark span[data-shown=true]')
  await expect(names.last()).toBeVisible()
  const boxes = await names.evaluateAll(spans => spans.map(span => span.getBoundingClientRect().toJSON()))
  for (const [at, { left, right }] of boxes.entries()) expect(left >= (boxes[at - 1]?.right ?? 0) && right <= 360, JSON.stringify(boxes)).toBe(true)
  await ada.page.setViewportSize({ width: 1280, height: 720 })

  await slider(ada).focus()
  await ada.page.keyboard.press('Home')
  await expect(list(ada).getByRole('button', { name: 'Name this version…' })).toBeDisabled()
  await ada.page.keyboard.press('F2')
  await expect(ada.page.getByRole('dialog', { name: 'Name this version' })).toHaveCount(0)

  const cleo = await person()
  cleo.origin = weft.origin
  const { id } = (await listed(weft, document)).find(({ label }) => label === 'Half of it')
  await cleo.page.goto(`${weft.origin}/d/${encodeURIComponent(document)}?history&at=${id}`)
  await ready(cleo)
  await expect(shown(cleo)).toHaveText(words)
  await past(cleo).getByRole('button', { name: 'More' }).click()
  await cleo.page.getByRole('button', { name: 'Rename this version…' }).last().click()
  await expect(cleo.page.getByRole('textbox', { name: 'Name' })).toHaveValue('Half of it')
})

// [T42] [T48]
test('what restores made is readable in the list, and can be named', async ({ weft, person }) => {
  const { document, ada } = await written(weft, person)
  let { id: wanted } = (await listed(weft, document))[0]
  for (let times = 0; times < 4; times++) {
    const answer = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(document)}/versions/${wanted}/restore`, { method: 'POST' })
    wanted = (await answer.json()).before
  }
  await ada.reads('Apples and pears. Berries.')
  await open(ada)
  const names = await list(ada).locator('li[data-kind=restore] b').allTextContents()
  expect(names).toHaveLength(8)
  for (const name of names) expect(name).toMatch(/^(Before restoring|Restored from) (First draft|\w{3} \d\d:\d\d)$/)
  await list(ada).getByRole('listitem').filter({ hasText: 'Before restoring First draft' }).first().getByRole('button', { name: /^Name the version/ }).click()
  await fill(ada, 'Name this version', 'Worth keeping')
  await expect(list(ada).getByRole('button', { name: /^Worth keeping/ })).toBeVisible()
  const { id } = (await listed(weft, document)).find(({ label }) => label === 'Worth keeping')
  await ada.page.goto(`${weft.origin}/d/${encodeURIComponent(document)}?history&at=${id}`)
  await ready(ada)
  await expect(shown(ada)).toHaveText('Apples and pears. Berries.')
})

// [T42] [T8]
test('a name is taken away, and comes back by undo', async ({ weft, person }) => {
  const { document, ada } = await written(weft, person)
  await open(ada)
  const entry = list(ada).getByRole('button', { name: /^First draft/ })
  await entry.click()
  await expect(ada.page).toHaveURL(/at=named-/)
  const words = await shown(ada).textContent()
  await ada.page.keyboard.press('F2')
  const question = ada.page.getByRole('dialog', { name: 'Rename the version' })
  await question.getByRole('button', { name: 'Remove name' }).click()
  await expect(entry).toHaveCount(0)
  await expect(ada.page).not.toHaveURL(/at=named-/)
  await expect(shown(ada)).toHaveText(words)
  expect(await listed(weft, document)).toHaveLength(0)
  await ada.page.getByRole('status', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await expect(entry).toBeVisible()
  await expect(entry).toHaveAttribute('aria-current', 'true')
  expect((await listed(weft, document)).map(({ label }) => label)).toEqual(['First draft'])
  await ada.page.keyboard.press('F2')
  await expect(question).toBeVisible()
  await ada.page.setViewportSize({ width: 360, height: 720 })
  const buttons = await question.getByRole('button').evaluateAll(all => all.map(button => button.getBoundingClientRect().toJSON()))
  for (const { top, right } of buttons) expect(top === buttons[0].top && right <= 360, JSON.stringify(buttons)).toBe(true)
})

// [T14] [T42]
test('a name too many is refused with what to do', async ({ person }) => {
  const weft = await Weft.start({ args: ['--limit-versions-per-document', '1'] })
  try {
    const { document, ada } = await written(weft, person, { expected: /413/ })
    await open(ada)
    await ada.page.keyboard.press('F2')
    const question = ada.page.getByRole('dialog', { name: 'Name this version' })
    await question.getByRole('textbox', { name: 'Name' }).fill('One more')
    await ada.page.keyboard.press('Enter')
    await expect(ada.page.getByRole('status', { name: 'Messages' })).toContainText(/at most 1 named versions .*: delete one first/)
    expect((await listed(weft, document)).map(({ label }) => label)).toEqual(['First draft'])
  } finally {
    await weft.dispose()
  }
})
