/** What a process wrote down is there however it ends, and takes no name in the file system. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { startProcessTask } from '../../dist/board/process-task.js'
import { clockOriginNow } from '../../dist/board/real-clock.js'
import {
  closeTaskLogFile,
  createTaskLogFile,
  FileTaskLog,
  readTaskLogFile,
} from '../../dist/board/task-log.js'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'

const native = loadNativeBackend()
const reason = 'missing' in native ? native.missing : undefined

describe('the log of a task', () => {
  test('has the entries since it was cleared, although longer ones were there', () => {
    const fd = createTaskLogFile()
    try {
      expect(readTaskLogFile(fd)).toEqual([])
      const log = new FileTaskLog(fd)
      log.clear()
      for (let n = 0; n < 1000; n++) log.write({ n, text: 'a long one, of which little is left' })
      expect(readTaskLogFile(fd)).toHaveLength(1000)
      log.clear()
      expect(readTaskLogFile(fd)).toEqual([])
      log.write({ n: 'ü' })
      log.write(null)
      expect(readTaskLogFile(fd)).toEqual([{ n: 'ü' }, null])
    } finally {
      closeTaskLogFile(fd)
    }
  })
})

describe.skipIf(reason !== undefined)(`a process with a log${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test.each(['killed', 'thrown', 'returned'])('%s: all that it wrote and sent is there', async (end) => {
    const named = () => readdirSync(tmpdir()).filter((name) => name.startsWith('gemrig-task-'))
    const before = named()
    const role = {
      moduleUrl: new URL('./scribe-role.mjs', import.meta.url).href,
      exportName: 'scribeRole',
      run: () => Promise.resolve(),
    }
    const task = startProcessTask('scribe', role, { end }, clockOriginNow())
    const heard: unknown[] = []
    task.onMessage((message) => heard.push(message))
    const exit = await task.exited
    expect(exit).toMatchObject(
      { killed: { signal: 'SIGKILL' }, thrown: { code: 1 }, returned: { code: 0 } }[end] ?? {},
    )
    expect(heard.map((message) => (message as { n: number }).n)).toEqual([...Array(50).keys()])
    expect(task.readLog()).toEqual([{ begun: 1 }, { begun: 2 }])
    expect(named()).toEqual(before)
  })
})
