/** The real driver keeps the contract: the same rows as the simulated kernel, run inside a virtual board. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { afterAll, beforeAll, describe } from 'vitest'
import { contractTests } from '../contract/backend-contract.js'
import type { Result } from '../contract/contract.js'
import { MISSING, vm } from './vm-run.js'

const SOURCES = new URL('../contract/', import.meta.url)
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

/** What the guest's Node can run. Types only are imported from outside of the folder, so this is all it needs. */
function compileInto(folder: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of readdirSync(SOURCES).filter((each) => each.endsWith('.ts'))) {
    const source = readFileSync(new URL(name, SOURCES), 'utf8')
    const compilerOptions = {
      module: ModuleKind.ESNext,
      target: ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    }
    writeFileSync(
      join(folder, name.replace(/ts$/, 'js')),
      transpileModule(source, { compilerOptions }).outputText,
    )
  }
}

describe.skipIf(MISSING.length > 0)(`virtual board rk3399${skipped}`, () => {
  let out = ''
  let results: readonly Result[] = []
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-contract-'))
    compileInto(join(out, 'contract'))
    const run = await vm(['node', './contract/guest-main.js'], out)
    if (run.error !== undefined) throw run.error
    if (run.exitCode !== 0) throw new Error(run.stderr)
    results = JSON.parse(run.stdout) as Result[]
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  contractTests('the real driver', 'native', (index) => results[index])
})
