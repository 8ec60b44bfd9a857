import { beforeEach, describe, expect, test } from 'vitest'
import { TaskWork } from '../../src/sim/process/task-work.js'
import { newBo, NODE, type Process, TestMachine } from './sim-machine.js'

describe('task work', () => {
  test('is done before the return to user space: the last first, and what it puts off in turn after all of it', () => {
    const taskWork = new TaskWork()
    const done: string[] = []
    const answer = taskWork.runAfter(() => {
      taskWork.add(() => {
        done.push('first')
        taskWork.add(() => done.push('of the first'))
      })
      taskWork.add(() => {
        done.push('second')
        taskWork.add(() => done.push('of the second'))
      })
      done.push('call')
      return 7
    })
    expect(answer).toBe(7)
    expect(done).toEqual(['call', 'second', 'first', 'of the first', 'of the second'])
  })

  test('of a kernel thread is done at once, and so is what is added after a call that threw', () => {
    const taskWork = new TaskWork()
    const done: string[] = []
    const failing = () => {
      taskWork.add(() => done.push('lost'))
      throw new Error('broken')
    }
    expect(() => taskWork.runAfter(failing)).toThrow('broken')
    taskWork.add(() => done.push('at once'))
    expect(done).toEqual(['at once'])
  })
})

describe('the last fput() of a dma-buf', () => {
  let machine: TestMachine
  let user: Process
  beforeEach(() => {
    machine = new TestMachine()
    user = machine.spawn('user')
    return () => machine.kernel.checkInvariants()
  })

  test('at the end of a process leaves nothing, whoever ends it', () => {
    const fd = user.backend.drm.open(NODE)
    for (let i = 0; i < 3; i++)
      expect(user.backend.drm.primeHandleToFd(fd, newBo(user, fd, 8192), 2)).toBeGreaterThan(0)
    expect(machine.kernel.dmaBufs.size).toBe(3)
    machine.kernel.tasks.kill(user.task)
    expect(machine.kernel.dmaBufs.size).toBe(0)
    expect(machine.kernel.panfrost.objects.size).toBe(0)
  })
})
