import { expect, freshName, OUTAGE, test as base } from './fixtures.js'
import { Weft } from '../clients/stock/weft.js'

const MOST_BYTES = 65_536
/** What Chromium logs when an update is not taken. */
const REFUSED = /status of 4(00|09|13)/

const test = base.extend({
  /** A server that takes little at a time, so that much is reached soon. */
  smallWeft: async ({}, use) => {
    const weft = await Weft.start({ args: ['--limit-frame-bytes', `${MOST_BYTES}`, '--limit-update-bytes', `${MOST_BYTES}`] })
    await use(weft)
    await weft.dispose()
  },
})

/** Sizes of the frames that a person's pages send from now on. */
function framesOf (someone) {
  const sizes = []
  someone.page.on('websocket', socket => socket.on('framesent', ({ payload }) => sizes.push(payload.length)))
  return sizes
}

async function paste (someone, text) {
  await someone.text().click()
  await someone.page.evaluate(text => globalThis.weft.editor.commands.insertContent(text), text)
}

// [P82]
test('what is pasted may be larger than a frame', async ({ smallWeft: weft, person }) => {
  const name = freshName('large')
  const ada = await (await person({ expected: OUTAGE })).open(weft, name)
  await ada.type('before ')
  await ada.isSaved()
  const long = 'words and more words '.repeat(20_000)
  await paste(ada, long)
  await ada.isSaved()
  await expect(ada.page.getByTestId('banner')).toBeHidden()
  const bob = await (await person()).open(weft, name)
  await expect.poll(async () => (await bob.words())?.length).toBe('before '.length + long.length)
})

// [P81]
test('a document larger than a frame opens again, and is not sent again', async ({ smallWeft: weft, person }) => {
  const name = freshName('again')
  const ada = await (await person({ expected: OUTAGE })).open(weft, name)
  await paste(ada, 'known to this browser '.repeat(20_000))
  await ada.isSaved()
  const sizes = framesOf(ada)
  for (let visit = 0; visit < 4; visit++) {
    await ada.page.reload()
    await ada.canEdit()
    await ada.isSaved()
  }
  expect(Math.max(...sizes)).toBeLessThan(2_000)
  await ada.type('!')
  await ada.isSaved()
})

/** Writes something that no limit lets through, and goes on writing before the answer is there. */
async function writeTooMuch (someone) {
  await someone.page.evaluate(() => {
    globalThis.weft.doc.getMap('notes').set('text', 'a value that is one piece '.repeat(5_000))
    globalThis.weft.editor.commands.insertContent(' after')
  })
  await expect(someone.page.getByTestId('refused-change')).toHaveText(/^Not sent: “a value that is one piece a value that is one pi…” \(130,00\d characters\)$/)
}

// [P83] [P9]
test('a change that is refused is named, copied, and left out, and everything else goes on', async ({ smallWeft: weft, person }) => {
  const name = freshName('refused')
  const ada = await (await person({ expected: REFUSED, permissions: ['clipboard-read', 'clipboard-write'] })).open(weft, name)
  await ada.type('before')
  await ada.isSaved()
  await writeTooMuch(ada)
  await expect(ada.text()).toHaveAttribute('contenteditable', 'false')
  await ada.page.reload()
  await expect(ada.page.getByTestId('refused-change')).toBeVisible()
  const banner = ada.page.getByTestId('banner')
  await expect(banner).toContainText('The server does not take your latest change')
  await banner.getByRole('button', { name: 'Copy it' }).click()
  await expect(ada.page.getByText('The text was copied.')).toBeVisible()
  expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toContain('a value that is one piece')
  await banner.getByRole('button', { name: 'Leave it out' }).click()
  await ada.canEdit()
  await ada.isSaved()
  await ada.reads('before after')
  await ada.type(', and on')
  await ada.isSaved()
  const left = ada.page.getByTestId('left-out')
  await ada.page.reload()
  await ada.reads('before after, and on')
  await expect(left).toContainText('It was left out and is kept on this device.')
  await expect(left).toContainText('“a value that is one piece')
  await left.getByRole('button', { name: 'Remove it' }).click()
  await expect(left).toHaveCount(0)
  await ada.page.reload()
  await ada.canEdit()
  await ada.isSaved()
  await expect(left).toHaveCount(0)
  const bob = await (await person()).open(weft, name)
  await bob.reads('before after, and on')
})

const KINDS = {
  'a number that no float holds': doc => doc.getMap('notes').set('number', 5n),
  'a document inside the document': doc => doc.getMap('notes').set('inner', new doc.constructor()),
}

for (const [kind, write] of Object.entries(KINDS)) {
  // [P83]
  test(`${kind} is left out, and what was typed behind it stays`, async ({ weft, person }) => {
    const name = freshName('kind')
    const ada = await (await person({ expected: REFUSED })).open(weft, name)
    await ada.type('before')
    await ada.isSaved()
    await ada.page.evaluate(`(${write})(globalThis.weft.doc); globalThis.weft.editor.commands.insertContent(' after')`)
    await ada.page.getByTestId('banner').getByRole('button', { name: 'Leave it out' }).click()
    await ada.canEdit()
    await ada.isSaved()
    await ada.reads('before after')
    await ada.type(', and on')
    await ada.isSaved()
    const bob = await (await person()).open(weft, name)
    await bob.reads('before after, and on')
  })
}
