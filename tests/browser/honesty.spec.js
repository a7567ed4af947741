import { expect, freshName, OUTAGE, test } from './fixtures.js'

const COPYING = { permissions: ['clipboard-read', 'clipboard-write'] }

/** A notice as the server sends it: message 101, a JSON string. */
function notice (value) {
  const json = Buffer.from(JSON.stringify(value))
  return Buffer.concat([Buffer.from([101, json.length]), json])
}

// [P67] [W10]
test('a newer server is offered as a refresh and never forced', async ({ weft, person }) => {
  const ada = await person()
  let say
  await ada.page.routeWebSocket(/\/sync\//, socket => {
    socket.connectToServer()
    say = value => socket.send(notice(value))
  })
  await ada.open(weft, freshName('version'))
  await ada.type('before')
  await ada.isSaved()
  await expect.poll(() => ada.page.evaluate(() => globalThis.weft.session.state.version)).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{8}$/)
  await expect(ada.page.getByText('A new version of Weft is available.')).toHaveCount(0)
  say({ version: '99.0.0+00000000' })
  await expect(ada.page.getByText('A new version of Weft is available.')).toBeVisible()
  await ada.type(' and after')
  await ada.reads('before and after')
  await ada.page.getByRole('button', { name: 'Refresh' }).click()
  await ada.canEdit()
  await ada.reads('before and after')
})

// [P67]
test('a document that is deleted while it is open says so, stays readable and can be copied', async ({ weft, person }) => {
  const name = freshName('deleted')
  const ada = await (await person({ ...COPYING, expected: /status of 404/ })).open(weft, name)
  await ada.type('my words')
  await ada.isSaved()
  const deleted = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}`, { method: 'DELETE' })
  expect(deleted.status).toBe(204)
  await expect(ada.page.getByText('This document does not exist or was deleted.')).toBeVisible()
  await expect(ada.text()).toHaveAttribute('contenteditable', 'false')
  await ada.page.getByRole('button', { name: 'Copy text' }).click()
  await expect(ada.page.getByText('The text was copied.')).toBeVisible()
  expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toContain('my words')
})

// [P5] [P67]
test('a hiccup is not mentioned, a longer one is, and being offline has a banner with a way to retry', async ({ weft, person }) => {
  const ada = await person({ expected: OUTAGE })
  let cut
  let answer = true
  await ada.page.routeWebSocket(/\/sync\//, socket => {
    // A server that does not answer, as behind a broken proxy.
    if (answer) socket.connectToServer()
    cut = () => socket.close({ code: 1012, reason: 'restarting' })
  })
  await ada.open(weft, freshName('hiccup'))
  await ada.type('x')
  await ada.isSaved()
  const [net, banner] = [ada.page.getByTestId('net-state'), ada.page.getByTestId('banner')]
  const said = await net.evaluateHandle(element => {
    const texts = []
    new MutationObserver(() => texts.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true })
    return texts
  })
  const first = cut
  first()
  await expect.poll(() => cut !== first).toBe(true)
  await ada.type('y')
  await ada.isSaved()
  expect(await said.jsonValue(), 'a reconnect within two seconds').toEqual([])
  answer = false
  cut()
  await expect(net).toHaveText('Reconnecting…')
  await expect(banner).toBeHidden()
  await expect(banner).toContainText('You\'re offline. Changes are kept on this device and will sync.')
  answer = true
  await banner.getByRole('button', { name: 'Retry' }).click()
  await expect(banner).toBeHidden()
  await ada.isSaved()
})
