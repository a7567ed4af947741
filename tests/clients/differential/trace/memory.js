// What a process holds in memory, as Linux counts it.
import { readFileSync, writeFileSync } from 'node:fs'

const field = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

/** MiB now. */
export const resident = pid => field(pid, 'VmRSS')

/** MiB at most since the last `forgetPeak`. */
export const peak = pid => field(pid, 'VmHWM')

export const forgetPeak = pid => writeFileSync(`/proc/${pid}/clear_refs`, '5')
