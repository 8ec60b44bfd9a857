/** Beside another native library: its faults, its SIGBUS handler and its objects stay its own. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RAISED_SIGBUS } from '../../dist/backend/memory-calls.js'
import { GONE, runScript, type ChildResult } from './child.js'
import { compileForeignAddon, type ForeignAddon } from './foreign-addon.js'
import { describeNative } from './native-addon.js'

describeNative('beside another addon', () => {
  let addon: ForeignAddon | undefined
  beforeAll(() => {
    addon = compileForeignAddon()
  })
  afterAll(() => addon?.[Symbol.dispose]())

  /** Runs a script with `foreign` (foreign-addon.c) and `guarded` at hand. */
  function runWithForeign(script: string, context: { skip: (note: string) => never }): ChildResult {
    if (addon === undefined) return context.skip('needs a C compiler: apt-get install gcc')
    return runScript(`${GONE}
      import { createRequire } from 'node:module'
      const foreign = createRequire('/')(${JSON.stringify(addon.path)})
      ${script}`)
  }

  it('a fault that is not ours still ends the process with SIGBUS', (context) => {
    const result = runWithForeign(
      `console.log(guarded()); foreign.touchPage(); console.log('alive')`,
      context,
    )
    expect(result).toMatchObject({ signal: 'SIGBUS', stdout: `${RAISED_SIGBUS}\n` })
  })

  it('nor is one in the middle of a guarded call, on memory that is not the mapping', (context) => {
    const result = runWithForeign(
      `const map = backend.memory.mapAnonymous(4096)
      console.log(guarded())
      backend.memory.write(map, 0, foreign.pageBytes())
      console.log('alive')`,
      context,
    )
    expect(result).toMatchObject({ signal: 'SIGBUS', stdout: `${RAISED_SIGBUS}\n` })
  })

  it('a handler that was there before ours still gets its faults', (context) => {
    const result = runWithForeign(
      `foreign.installHandler()
      for (let i = 0; i < 3; i++) console.log(guarded(), foreign.recoverFromPage())
      foreign.touchPage()`,
      context,
    )
    expect(result).toMatchObject({ signal: 'SIGBUS', stdout: `${RAISED_SIGBUS} true\n`.repeat(3) })
  })

  it('handlers that are installed over each other both get their faults, and nobody loops', (context) => {
    const result = runWithForeign(
      `guarded()
      foreign.installHandler()
      for (let i = 0; i < 3; i++) console.log(foreign.recoverFromPage(), guarded(), foreign.recoverFromPage())
      foreign.touchPage()`,
      context,
    )
    expect(result).toMatchObject({ signal: 'SIGBUS', stdout: `true ${RAISED_SIGBUS} true\n`.repeat(3) })
  })

  it('an object that wraps memory of its own is no mapping', (context) => {
    const result = runWithForeign(
      `try { backend.memory.munmap(foreign.wrappedObject()) } catch (error) { console.log(error.name) }`,
      context,
    )
    expect(result).toMatchObject({ code: 0, stdout: 'TypeError\n' })
  })
})
