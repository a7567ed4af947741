import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

/** Holds the write lock of a server's store, as another process may; returns the way to let go. */
async function lockStore (weft) {
  const program = `import sqlite3, sys
held = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
held.execute('begin exclusive')
print('held', flush=True)
sys.stdin.read()`
  const holder = spawn('python3', ['-c', program, join(weft.scratch, 'weft.db')], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return async () => {
    const ended = once(holder, 'exit')
    holder.stdin.end()
    await ended
  }
}

/** Lets a page be loaded without a network, as from the browser's cache: answers are kept now and given later. */
async function keepPages (someone) {
  const kept = new Map()
  // To the browser a page that did not come from the network is from somewhere else than the server on this machine.
  await someone.context.grantPermissions(['local-network-access'])
  const address = url => url.split('?')[0]
  await someone.context.route('**/*', async route => {
    const key = address(route.request().url())
    if (route.request().method() !== 'GET' || key.includes('/api/')) return await route.continue()
    if (someone.offline) return kept.has(key) ? await route.fulfill(kept.get(key)) : await route.abort('internetdisconnected')
    const response = await route.fetch()
    kept.set(key, { status: response.status(), headers: response.headers(), body: await response.body() })
    await route.fulfill(kept.get(key))
  })
}

async function setOffline (someone, offline) {
  someone.offline = offline
  await someone.context.setOffline(offline)
}

// [P4] [P5]
test('offline edits are kept on this device and merge at the return', async ({ weft, person }) => {
  const name = freshName('offline')
  const [ada, bob] = [await (await person({ expected: OUTAGE })).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('start')
  await bob.reads('start')
  await setOffline(ada, true)
  await ada.type(' away')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  await expect(ada.saveState()).toHaveAttribute('data-state', 'local')
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  await bob.page.keyboard.type('meanwhile ')
  await bob.isSaved()
  await setOffline(ada, false)
  await expect(ada.page.getByText('Back online. 5 changes synced')).toBeVisible()
  await ada.reads('meanwhile start away')
  await bob.reads('meanwhile start away')
  await ada.isSaved()
  await expect(ada.saveState()).toHaveText('Saved')
})

// [P4]
test('a reload without a network keeps what was typed without a network', async ({ weft, person }) => {
  const name = freshName('reload')
  const ada = await person({ expected: OUTAGE })
  await keepPages(ada)
  await ada.open(weft, name)
  await ada.type('online,')
  await ada.isSaved()
  await setOffline(ada, true)
  await ada.type(' offline,')
  await expect(ada.saveState()).toHaveAttribute('data-state', 'local')
  await ada.page.reload()
  await ada.canEdit()
  await ada.reads('online, offline,')
  await ada.type(' reloaded')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  await setOffline(ada, false)
  await ada.isSaved()
  const bob = await (await person()).open(weft, name)
  await bob.reads('online, offline, reloaded')
})

// [P5]
test('a killed and restarted server loses nothing and no page pretends', async ({ ownWeft: weft, person }) => {
  const name = freshName('killed')
  const [ada, bob] = [await (await person({ expected: OUTAGE })).open(weft, name), await (await person({ expected: OUTAGE })).open(weft, name)]
  await ada.type('before')
  await bob.reads('before')
  await ada.isSaved()
  await weft.kill()
  await ada.type(' during')
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  await bob.page.keyboard.type('both ')
  for (const someone of [ada, bob]) {
    await expect(someone.saveState()).toHaveAttribute('data-state', 'local')
    await expect(someone.saveState()).toHaveText('Saved on this device')
    await expect(someone.page.getByTestId('net-state')).toHaveText('Reconnecting…')
  }
  await weft.launch()
  for (const someone of [ada, bob]) {
    await someone.reads('both before during')
    await someone.isSaved()
    await expect(someone.page.getByTestId('net-state')).toHaveText('')
  }
  await weft.kill()
  await weft.launch()
  await (await (await person()).open(weft, name)).reads('both before during')
})

// [P5]
test('an orderly restart goes by without a banner', async ({ ownWeft: weft, person }) => {
  const name = freshName('restart')
  const ada = await (await person({ expected: OUTAGE })).open(weft, name)
  await ada.type('kept')
  await ada.isSaved()
  expect(await weft.stop()).toEqual({ code: 0, signal: null })
  await weft.launch()
  await ada.type(' on')
  await ada.isSaved()
  await ada.reads('kept on')
  await expect(ada.page.getByTestId('banner')).toBeHidden()
})

// [P5]
test('the save state is never green before the server has the edit', async ({ weft, person }) => {
  const name = freshName('honest')
  const ada = await person()
  let held = null
  await ada.page.routeWebSocket(/\/sync\//, socket => {
    const server = socket.connectToServer()
    socket.onMessage(message => server.send(message))
    server.onMessage(message => (held ? held.push(message) : socket.send(message)))
    ada.release = () => {
      for (const message of held) socket.send(message)
      held = null
    }
  })
  await ada.open(weft, name)
  await ada.isSaved()
  held = []
  await ada.type('is this safe?')
  await expect(ada.saveState()).toHaveText('Saving…')
  await expect(ada.saveState()).toHaveAttribute('data-state', 'saving')
  ada.release()
  await ada.isSaved()
})

// [P5] [D9]
test('while the server cannot reach its storage, the page says that saving is delayed', async ({ ownWeft: weft, person }) => {
  const name = freshName('delayed')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('before')
  await ada.isSaved()
  const release = await lockStore(weft)
  await ada.type(' during')
  await bob.reads('before during')
  await expect(ada.saveState()).toHaveText('Saving is delayed')
  await expect(ada.saveState()).toHaveAttribute('data-state', 'saving')
  for (const someone of [ada, bob]) {
    await expect(someone.page.getByTestId('banner')).toContainText('Saving is delayed: the server cannot reach its storage.')
  }
  await release()
  await ada.isSaved()
  for (const someone of [ada, bob]) await expect(someone.page.getByTestId('banner')).toBeHidden()
})
