/** A file call that does not come back: whoever opens a pipe that nobody reads waits. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(process.env.GEMRIG_TEST_FOLDER ?? tmpdir(), 'gemrig-pipe-'))
const pipe = join(folder, 'pipe')
execFileSync('mkfifo', [pipe])
void open(pipe, 'w')
