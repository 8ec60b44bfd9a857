/** The script that becomes the guest's command: its arguments arrive as they were given, whatever they hold. */
import { quoteForShell } from '../../quote-for-shell.js'
import { VmError } from '../vm-error.js'
import { SHELL_TERMINAL } from './init-script.js'

/** Programs that a guest command may begin with. `node` and `sh` are for looking around. */
const PROGRAMS = ['gemrig', 'node', 'sh']

/** VmError `wrong-use` for a command that the guest does not have, or a NUL, which no argument can hold. */
export function checkCommand(command: readonly string[]): void {
  const program = command[0]
  if (program === undefined) throw new VmError('wrong-use', 'no command for the guest: put one after --')
  if (!PROGRAMS.includes(program))
    throw new VmError('wrong-use', `the guest runs gemrig commands, not '${program}': write gemrig after --`)
  if (command.some((word) => word.includes('\0')))
    throw new VmError('wrong-use', 'an argument of the guest command holds a NUL')
}

/** The script tells its process id, which stays the command's, so that the command can be interrupted. */
export function commandScript(command: readonly string[]): string {
  checkCommand(command)
  return `#!/bin/sh
echo $$ >/run/command.pid
cd /host
exec ${command.map(quoteForShell).join(' ')}
`
}

/** What the guest's shell shall know of the terminal in front of the user. */
export interface ShellTerminal {
  readonly rows: number
  readonly columns: number
  /** `$TERM`. */
  readonly type: string
}

/** The script of an interactive shell: the session's own, so that Ctrl-C reaches what runs in it. */
export function shellScript({ rows, columns, type }: ShellTerminal): string {
  return `#!/bin/sh
echo $$ >/run/command.pid
cd /host
export TERM=${quoteForShell(type)} PS1='\\w # '
stty rows ${rows} cols ${columns} <${SHELL_TERMINAL}
exec setsid -c sh -i <${SHELL_TERMINAL} >${SHELL_TERMINAL} 2>&1
`
}
