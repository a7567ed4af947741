import { createServer, request as ask } from 'node:http'
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

// [P85]
test('a document whose deletion is undone comes back by itself, and says until then where to go', async ({ weft, person }) => {
  const name = freshName('undeleted')
  const ada = await (await person({ expected: /status of 404/ })).open(weft, name)
  await ada.type('still here')
  await ada.isSaved()
  await ada.page.getByRole('button', { name: /^Chat/ }).click()
  const api = `${weft.origin}/api/documents/${encodeURIComponent(name)}`
  expect((await fetch(api, { method: 'DELETE' })).status).toBe(204)
  await expect(ada.page.locator('#chat-why')).toHaveText('This document does not exist or was deleted.')
  await expect(ada.page.getByTestId('banner').getByRole('link', { name: 'All documents' })).toHaveAttribute('href', '/')
  expect((await fetch(`${api}/undelete`, { method: 'POST' })).ok).toBe(true)
  await expect(ada.page.getByTestId('banner')).toBeHidden()
  await ada.type(' and again')
  await ada.isSaved()
  await ada.reads('still here and again')
})

// [P5] [P80]
test('"Saved" goes at once when what is typed cannot be saved, and the reason is called by its name', async ({ ownWeft: weft, person }) => {
  const ada = await (await person({ expected: OUTAGE })).open(weft, freshName('lie'))
  await ada.type('x')
  await expect(ada.saveState()).toHaveText('Saved')
  const lie = await ada.page.evaluateHandle(() => {
    const seen = { ms: 0 }
    let since = null
    setInterval(() => {
      const claims = document.getElementById('save-state').textContent === 'Saved' && globalThis.weft.session.unsaved > 0
      since = claims ? since ?? performance.now() : null
      if (since !== null) seen.ms = Math.max(seen.ms, performance.now() - since)
    }, 10)
    return seen
  })
  await weft.kill()
  await ada.type('twenty more letters..')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  // A tenth of a second, and what a busy machine adds to it.
  expect((await lie.jsonValue()).ms).toBeLessThan(500)
  await expect(ada.page.getByTestId('banner')).toContainText('The server cannot be reached. Changes are kept on this device')
  await weft.launch()
  await expect(ada.page.getByText('Connected again. 21 changes synced')).toBeVisible({ timeout: 30_000 })
})

/** Somebody else's network: what is asked of the server goes through, a WebSocket does not. */
async function withoutSockets (weft) {
  const proxy = createServer((request, response) => {
    const { url, method, headers } = request
    const onward = ask(`${weft.origin}${url}`, { method, headers: { ...headers, host: new URL(weft.origin).host } }, answer => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  proxy.on('upgrade', (_request, socket) => socket.destroy())
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', resolve))
  return proxy
}

// [P80]
test('a network that lets no WebSocket through is not called offline', async ({ weft, person }) => {
  const proxy = await withoutSockets(weft)
  const ada = await person({ expected: OUTAGE })
  await ada.visit({ origin: `http://127.0.0.1:${proxy.address().port}` }, freshName('blocked'))
  await expect(ada.page.getByTestId('banner')).toContainText('This network blocks live connections (WebSocket) to the server', { timeout: 40_000 })
  await expect(ada.page.getByTestId('net-state')).toHaveText('Reconnecting…')
  proxy.closeAllConnections()
  proxy.close()
})

// [P5] [P67]
test('a hiccup is not mentioned, a longer one is, and an outage has a banner with a way to retry', async ({ weft, person }) => {
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
  await expect(banner).toContainText('The connection to the server broke off. Changes are kept on this device and will sync')
  answer = true
  await banner.getByRole('button', { name: 'Retry' }).click()
  await expect(banner).toBeHidden()
  await ada.isSaved()
})
