// What a process holds in memory and has computed, as Linux counts it.
import { readFileSync, writeFileSync } from 'node:fs'

const field = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

/** MiB now. */
export const resident = pid => field(pid, 'VmRSS')

/** MiB at most since the last `forgetPeak`. */
export const peak = pid => field(pid, 'VmHWM')

export const forgetPeak = pid => writeFileSync(`/proc/${pid}/clear_refs`, '5')

const TICKS_A_SECOND = 100

/** Seconds of CPU so far, which others on the machine hardly change. */
export const cpu = pid => {
  // Behind the name, which may have anything in it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
