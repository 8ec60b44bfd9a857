import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appFiles } from '../../src/vm/guest/app-files.js'
import { GUEST_BUNDLE, SUM_FILE, distSum } from '../../src/vm/guest/guest-bundle.js'

let root = ''
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gemrig-app-'))
  put('package.json', JSON.stringify({ dependencies: { 'node-gyp-build': '1', yaml: '1' } }))
  for (const name of ['node-gyp-build', 'yaml']) {
    put(`node_modules/${name}/package.json`, JSON.stringify({ name }))
    put(`node_modules/${name}/index.js`, '')
  }
  put('addon.node', 'addon')
  put('dist/cli/main.js', 'main')
})
afterEach(() => rmSync(root, { recursive: true }))
const paths = async () => (await appFiles(root, join(root, 'addon.node'), 'arm64')).map(({ path }) => path)

describe('the code of the guest', () => {
  it('is the bundle and what that looks up by name', async () => {
    put(`dist/${GUEST_BUNDLE}/cli/main.js`, 'bundled')
    put(`dist/${GUEST_BUNDLE}/${SUM_FILE}`, await distSum(join(root, 'dist')))
    expect((await paths()).sort()).toEqual([
      'app/dist',
      'app/guest/cli/main.js',
      'app/node_modules/node-gyp-build/index.js',
      'app/node_modules/node-gyp-build/package.json',
      'app/package.json',
      'app/prebuilds/linux-arm64/gemrig.glibc.node',
    ])
  })

  it('is all of it where the bundle was made of other code, or is none', async () => {
    const all = [
      'app/dist/cli/main.js',
      'app/node_modules/node-gyp-build/index.js',
      'app/node_modules/node-gyp-build/package.json',
      'app/node_modules/yaml/index.js',
      'app/node_modules/yaml/package.json',
      'app/package.json',
      'app/prebuilds/linux-arm64/gemrig.glibc.node',
    ]
    expect((await paths()).sort()).toEqual(all)
    put(`dist/${GUEST_BUNDLE}/cli/main.js`, 'bundled')
    put(`dist/${GUEST_BUNDLE}/${SUM_FILE}`, 'another sum')
    expect((await paths()).sort()).toEqual(all)
  })
})
