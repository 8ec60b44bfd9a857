/** A program uses what is not there: it is wrong, or an operation before was refused. */
export class ProgramError extends RangeError {
  override readonly name = 'ProgramError'
}
