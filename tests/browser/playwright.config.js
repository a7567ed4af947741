import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  fullyParallel: true,
  workers: 2,
  // Five Chromiums on two cores: what fails once and not again is printed as flaky, what fails twice has failed.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: process.env.WEFT_BROWSER_RESULTS ?? 'test-results',
  use: {
    // Recording made the whole run take 7:48 instead of 5:39; WEFT_TRACE=1 records what fails.
    trace: process.env.WEFT_TRACE ? 'retain-on-failure' : 'off',
    colorScheme: 'light',
    locale: 'en-GB',
    launchOptions: {
      executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium',
      // No sandbox: CI runs as root. The rest keeps the browser from talking to anybody but the server under test.
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
