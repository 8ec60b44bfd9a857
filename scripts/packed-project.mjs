// What `npm pack` makes of this package, installed in an empty project.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './setup.mjs'

/**
 * Packs this package, as it is compiled now.
 *
 * @param {string} folder where the tarball goes
 * @returns {{ path: string, files: string[] }}
 */
export function pack(folder) {
  const [packed] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`], ROOT),
  )
  return { path: join(folder, packed.filename), files: packed.files.map((file) => file.path) }
}

/**
 * Installs a tarball in a new project. Dependencies come from npm's cache where it has them.
 *
 * @param {string} tarball
 * @param {string} project a folder, which is made
 * @param {NodeJS.ProcessEnv} [env]
 */
export function installPacked(tarball, project, env = process.env) {
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n')
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], project, env)
}

function npm(args, cwd, env = process.env) {
  // npm's own script, as its command finds Node through /usr/bin/env.
  const cli = ['../lib/node_modules/npm/bin/npm-cli.js', '../share/nodejs/npm/bin/npm-cli.js']
    .map((path) => join(dirname(process.execPath), path))
    .find((path) => existsSync(path))
  return cli === undefined ? run('npm', args, cwd) : run(process.execPath, [cli, ...args], cwd, env)
}

/** What the program printed. Throws an Error with what it complained of. */
export function run(command, args, cwd, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (status !== 0) throw new Error(`${stderr || stdout || ''}${error?.message ?? ''}`.trim())
  return stdout
}
