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

/** Waits until this browser's own copy has everything so far: a reading transaction comes after the writing ones before it. */
/** No write to the document's database ends as long as the page is there. */
async function keepBusy (someone, name) {
  await someone.page.evaluate(name => new Promise((resolve, reject) => {
    const opening = indexedDB.open(`weft:${name}`)
    opening.onerror = reject
    opening.onsuccess = () => {
      const updates = opening.result.transaction('updates', 'readwrite').objectStore('updates')
      const hold = () => { updates.getKey(0).onsuccess = hold }
      hold()
      resolve()
    }
  }), name)
}

/** Somebody whose browser has the pages and a saved word, and no network any more. */
async function cutOff (weft, person, name) {
  const someone = await (await person({ expected: OUTAGE, serviceWorkers: 'allow' })).open(weft, name)
  await someone.type('online,')
  await someone.isSaved()
  await expect.poll(() => someone.page.evaluate(async () => (await (await caches.open('weft-pages-1')).keys()).some(({ url }) => url.endsWith('/d/-')))).toBe(true)
  await setOffline(someone, true)
  return someone
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
  // Others have it before it is committed; then it would be among what is synced later.
  await ada.isSaved()
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

// [P4] [P69]
test('a reload without a network or a server keeps what was typed without them', async ({ ownWeft: weft, person }) => {
  const name = freshName('reload')
  const ada = await cutOff(weft, person, name)
  await weft.kill()
  await ada.type(' offline,')
  await expect(ada.saveState()).toHaveAttribute('data-state', 'local')
  await ada.page.reload()
  await ada.canEdit()
  await ada.reads('online, offline,')
  await ada.type(' reloaded')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  await weft.launch()
  await setOffline(ada, false)
  await ada.isSaved()
  const bob = await (await person()).open(weft, name)
  await bob.reads('online, offline, reloaded')
})

// [P70]
test('what was typed just before a reload is there after it, though the database was busy', async ({ ownWeft: weft, person }) => {
  const name = freshName('leaving')
  const ada = await cutOff(weft, person, name)
  await keepBusy(ada, name)
  await ada.type(' last words')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  await ada.page.reload()
  await ada.canEdit()
  await ada.reads('online, last words')
  await expect.poll(() => ada.page.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('weft-leaving:')))).toEqual([])
  await ada.page.reload()
  await ada.reads('online, last words')
  await setOffline(ada, false)
  await ada.isSaved()
  const bob = await (await person()).open(weft, name)
  await bob.reads('online, last words')
})

// [P69] [X7]
test('what is kept of the pages holds no name, no token and nothing of the API', async ({ closedWeft: weft, person }) => {
  const name = freshName('kept')
  const token = weft.mint({ [name]: 'write' })
  const ada = await (await person({ serviceWorkers: 'allow' })).visit(weft, name, token)
  await ada.canEdit()
  await ada.type('secret words')
  await ada.isSaved()
  await ada.page.evaluate(() => navigator.serviceWorker.ready)
  await ada.page.reload()
  await ada.canEdit()
  const kept = await ada.page.evaluate(async () => {
    const cache = await caches.open('weft-pages-1')
    return await Promise.all((await cache.keys()).map(async request => `${request.url} ${await (await cache.match(request)).text()}`))
  })
  expect(kept.length).toBeGreaterThan(2)
  for (const one of kept) {
    expect(one.slice(0, 200)).toMatch(/^\S+\/(assets\/\S+|d\/-|) /)
    for (const hidden of [name, encodeURIComponent(name), token, 'secret words']) expect(one.includes(hidden), hidden).toBe(false)
  }
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
