/** Imported before the command: once the run works, gemrig has a bug. `?rejection`: a promise that nobody waits for. */
const isRejection = import.meta.url.endsWith('?rejection')
const fail = () => {
  if (isRejection) void Promise.reject(new Error('no such thing'))
  else throw new Error('no such thing')
}

let isBroken = false
const write = process.stderr.write.bind(process.stderr)
process.stderr.write = (text, ...rest) => {
  if (!isBroken && /[1-9]\d* operations/.test(String(text))) {
    isBroken = true
    setImmediate(fail)
  }
  return write(text, ...rest)
}
