/** What --help says of pressure sources. */
import { PRESSURE_SOURCES } from '../pressure/sources.js'

const NAME_WIDTH = 19

export const PRESSURE_HELP = `Pressure sources:
${PRESSURE_SOURCES.map(
  ({ name, explanation, danger }) =>
    `  ${name.padEnd(NAME_WIDTH)} ${explanation}\n${' '.repeat(NAME_WIDTH + 3)}disturbs ${danger}`,
).join('\n')}`
