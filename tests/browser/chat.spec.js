import { expectAccessible } from './axe.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

const button = someone => someone.page.getByRole('button', { name: /^Chat/ })
const panel = someone => someone.page.getByRole('complementary', { name: 'Chat' })
const field = someone => panel(someone).getByRole('textbox', { name: 'Message' })
const bubbles = someone => panel(someone).locator('.chat-bubble')

async function openChat (someone) {
  await button(someone).click()
  await expect(field(someone)).toBeFocused()
}

async function say (someone, words) {
  await field(someone).fill(words)
  await field(someone).press('Enter')
}

/** Puts an entry into the chat as some other program could. */
async function plant (someone, entries) {
  await someone.page.evaluate(given => {
    const { doc } = globalThis.weft
    const chat = doc.getArray('chat')
    const YMap = doc.getMap('elements').constructor
    chat.push(given.map(one => one.map ? new YMap(Object.entries(one.map)) : one.plain))
  }, entries)
}

// [P50] [P52]
test('messages reach the other at once, are counted until seen, and stay', async ({ weft, person }) => {
  const name = freshName('chat')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await openChat(ada)
  await say(ada, 'hello')
  await expect(field(ada)).toHaveValue('')
  await say(ada, 'is anybody here?')
  await expect(bubbles(ada)).toHaveText(['hello', 'is anybody here?'])
  await expect(button(ada), 'nothing of one\'s own is unread').toHaveAccessibleName('Chat')
  await expect(button(bob)).toHaveAccessibleName('Chat, 2 unread')
  await bob.page.reload()
  await bob.canEdit()
  await expect(button(bob), 'over a reload').toHaveAccessibleName('Chat, 2 unread')
  await openChat(bob)
  await expect(bubbles(bob)).toHaveText(['hello', 'is anybody here?'])
  await expect(panel(bob).getByRole('log')).toContainText((await ada.self()).name)
  await expect(panel(bob).getByText('New', { exact: true })).toBeVisible()
  await expect(button(bob)).toHaveAccessibleName('Chat')
  await say(bob, 'I am')
  await expect(bubbles(ada).last()).toHaveText('I am')
  await expect(button(ada), 'seen in the open panel').toHaveAccessibleName('Chat')
  await bob.isSaved()
  await bob.page.reload()
  await bob.canEdit()
  await expect(button(bob), 'seen stays seen').toHaveAccessibleName('Chat')
  await openChat(bob)
  await expect(bubbles(bob)).toHaveText(['hello', 'is anybody here?', 'I am'])
})

// [P52]
test('a hidden tab has not seen anything', async ({ weft, person }) => {
  const name = freshName('hidden')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await openChat(bob)
  const hide = hidden => bob.page.evaluate(value => {
    Object.defineProperty(document, 'hidden', { value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
  await hide(true)
  await openChat(ada)
  await say(ada, 'look here')
  await expect(bubbles(bob)).toHaveText(['look here'])
  await expect(button(bob)).toHaveAccessibleName('Chat, 1 unread')
  await hide(false)
  await expect(button(bob)).toHaveAccessibleName('Chat')
})

// [P50]
test('Enter sends, Shift+Enter does not, and undo in the text leaves messages alone', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('keys'))
  await ada.type('some text')
  await openChat(ada)
  await ada.page.keyboard.type('one')
  await ada.page.keyboard.press('Shift+Enter')
  await ada.page.keyboard.type('two')
  await expect(bubbles(ada)).toHaveCount(0)
  await ada.page.keyboard.press('Enter')
  await expect(bubbles(ada)).toHaveText(['one\ntwo'], { useInnerText: true })
  await ada.page.keyboard.press('Enter')
  await expect(bubbles(ada), 'nothing to say').toHaveCount(1)
  await ada.page.keyboard.press('Escape')
  await expect(panel(ada)).toHaveCount(0)
  await expect(button(ada)).toBeFocused()
  await ada.text().click()
  await ada.page.keyboard.press('Control+z')
  await ada.reads('')
  await ada.page.keyboard.press('Control+z')
  await openChat(ada)
  await expect(bubbles(ada)).toHaveCount(1)
})

// [P50]
test('what is said offline arrives on return', async ({ weft, person }) => {
  const name = freshName('away')
  const [ada, bob] = [await (await person({ expected: OUTAGE })).open(weft, name), await (await person()).open(weft, name)]
  await openChat(ada)
  await ada.context.setOffline(true)
  await expect(ada.page.getByTestId('banner')).toBeVisible()
  await say(ada, 'from the tunnel')
  await expect(bubbles(ada)).toHaveText(['from the tunnel'])
  await expect(button(bob)).toHaveAccessibleName('Chat')
  await ada.context.setOffline(false)
  await expect(button(bob)).toHaveAccessibleName('Chat, 1 unread')
  await ada.isSaved()
})

// [P53]
test('typing shows to the others, and ends with a rest', async ({ weft, person }) => {
  const name = freshName('typing')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.rename('Ada')
  await openChat(ada)
  await openChat(bob)
  const status = panel(bob).getByRole('status')
  await ada.page.keyboard.type('h')
  await expect(status.filter({ hasText: 'Ada is typing…' })).toBeVisible()
  await expect(panel(ada).getByText('is typing'), 'not to oneself').toHaveCount(0)
  await expect(panel(bob).getByText('is typing')).toHaveCount(0)
  await ada.page.keyboard.type('ello')
  await expect(panel(bob).getByText('Ada is typing…')).toBeVisible()
  await ada.page.keyboard.press('Enter')
  await expect(bubbles(bob)).toHaveText(['hello'])
  await expect(panel(bob).getByText('is typing')).toHaveCount(0)
})

// [P51]
test('hostile messages do no harm', async ({ weft, person }) => {
  const name = freshName('hostile')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  const sound = { id: 'x1', from: { id: 'm', name: 'Mallory\u202E\n<b>', color: 'red;background:url(//elsewhere.example)' }, at: Date.now() }
  await plant(ada, [
    { plain: 'not a map' }, { plain: 7 }, { plain: null }, { map: {} }, { map: { ...sound, id: 5, text: 'x' } }, { map: { ...sound, at: 'now', text: 'x' } },
    { map: { ...sound, text: '<img src=x onerror="document.title=1"> javascript:alert(1) https://example.org/page?a=1.' } },
    { map: { ...sound, id: 'x2', text: 'y'.repeat(50_000) } },
  ])
  await expect(button(bob)).toHaveAccessibleName('Chat, 2 unread')
  await openChat(bob)
  await expect(bubbles(bob)).toHaveCount(2)
  await expect(bubbles(bob).first()).toContainText('<img src=x onerror=')
  await expect(panel(bob).locator('img')).toHaveCount(0)
  await expect(panel(bob).locator('.chat-name')).toHaveText('Mallory <b>')
  const links = panel(bob).getByRole('link')
  await expect(links).toHaveCount(1)
  await expect(links).toHaveAttribute('href', 'https://example.org/page?a=1')
  await expect(links).toHaveAttribute('rel', /noopener/)
  expect((await bubbles(bob).last().textContent()).length).toBe(4_000)
  expect(await bob.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
})

// [P55]
test('one\'s own message can be deleted, for everybody', async ({ weft, person }) => {
  const name = freshName('delete')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await openChat(ada)
  await openChat(bob)
  await say(ada, 'regretted')
  await say(bob, 'an answer')
  await expect(bubbles(ada)).toHaveCount(2)
  await expect(panel(bob).locator('.chat-message').filter({ hasText: 'regretted' }).getByRole('button')).toHaveCount(0)
  await panel(ada).locator('.chat-message').filter({ hasText: 'regretted' }).getByRole('button', { name: 'Delete this message' }).click()
  for (const someone of [ada, bob]) await expect(bubbles(someone)).toHaveText(['an answer'])
})

// [P55]
test('a long conversation shows its end, and older messages without a jump', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('long'))
  const from = { id: 'm', name: 'Mary', color: '#2563eb' }
  const entries = Array.from({ length: 450 }, (_, at) => ({ map: { id: `n${at}`, from, text: `number ${at}`, at: Date.now() - (450 - at) * 1000 } }))
  await plant(ada, entries)
  await expect(button(ada)).toHaveAccessibleName('Chat, 99+ unread')
  await openChat(ada)
  await expect(bubbles(ada)).toHaveCount(200)
  await expect(bubbles(ada).last()).toBeInViewport()
  await panel(ada).getByRole('button', { name: 'Show older messages' }).click()
  await expect(bubbles(ada)).toHaveCount(400)
  await expect(bubbles(ada).filter({ hasText: /^number 250$/ })).toBeInViewport()
  await panel(ada).getByRole('button', { name: 'Show older messages' }).click()
  await expect(bubbles(ada)).toHaveCount(450)
  await expect(panel(ada).getByRole('button', { name: 'Show older messages' })).toBeHidden()
  await plant(ada, [{ map: { id: 'late', from, text: 'just now', at: Date.now() } }])
  const jump = panel(ada).getByRole('button', { name: /^New messages/ })
  await expect(jump, 'whoever reads older ones is not pulled away').toBeVisible()
  await expect(bubbles(ada).last()).not.toBeInViewport()
  await jump.click()
  await expect(bubbles(ada).last()).toBeInViewport()
})

// [P54]
test('who may only read sees the chat and why they cannot write; who may comment can', async ({ closedWeft: weft, person }) => {
  const name = freshName('roles')
  const [writer, reader, commenter] = [await person(), await person(), await person()]
  await writer.visit(weft, name, weft.mint({ [name]: 'write' }))
  await writer.canEdit()
  await openChat(writer)
  await say(writer, 'for everybody')
  await writer.isSaved()
  await reader.visit(weft, name, weft.mint({ [name]: 'read' }))
  await expect(button(reader)).toHaveAccessibleName('Chat, 1 unread')
  await button(reader).click()
  await expect(bubbles(reader)).toHaveText(['for everybody'])
  await expect(panel(reader)).toContainText('You may read this chat but not write in it.')
  await expect(field(reader)).toBeHidden()
  await commenter.visit(weft, name, weft.mint({ [name]: 'comment' }))
  await expect(commenter.text()).toHaveAttribute('contenteditable', 'false')
  await openChat(commenter)
  await say(commenter, 'a remark')
  for (const someone of [writer, reader]) await expect(bubbles(someone)).toHaveText(['for everybody', 'a remark'])
})

// [P50] [P53]
test('five people talk, and everybody reads the same', async ({ weft, person }) => {
  const name = freshName('five')
  const all = []
  for (let at = 0; at < 5; at++) all.push(await (await person()).open(weft, name))
  for (const someone of all) await openChat(someone)
  await Promise.all(all.map((someone, at) => say(someone, `from ${at}, first`)))
  await Promise.all(all.map((someone, at) => say(someone, `from ${at}, second`)))
  for (const someone of all) await expect(bubbles(someone)).toHaveCount(10)
  const read = await Promise.all(all.map(someone => bubbles(someone).allTextContents()))
  for (const one of read) expect(one).toEqual(read[0])
  await Promise.all(all.slice(1).map(someone => field(someone).pressSequentially('mm')))
  await expect(panel(all[0]).getByText('Several people are typing…')).toBeVisible()
})

for (const colorScheme of ['light', 'dark']) {
  // [P50]
  test(`the chat is accessible and fits on a phone, ${colorScheme}`, async ({ weft, person }) => {
    const name = freshName('axe')
    const ada = await (await person({ colorScheme, viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true })).open(weft, name)
    const bob = await (await person()).open(weft, name)
    await openChat(bob)
    await say(bob, 'see https://example.org/a/rather/long/address/that/has/to/be/broken/somewhere?for=it&to=fit')
    await expect(button(ada)).toHaveAccessibleName('Chat, 1 unread')
    await expectAccessible(ada.page, 'with a count')
    await button(ada).tap()
    await expect(bubbles(ada)).toHaveCount(1)
    await say(ada, 'thank you')
    await bob.page.keyboard.type('you are')
    await expectAccessible(ada.page, 'with the panel')
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    const bin = panel(ada).getByRole('button', { name: 'Delete this message' })
    const box = await bin.boundingBox()
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24)
    await panel(ada).getByRole('button', { name: 'Close chat' }).tap()
    await expect(panel(ada)).toHaveCount(0)
  })
}
