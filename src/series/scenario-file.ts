/** Reads a scenario file: phases of scenario, actors, buffers, pressure and duration, run one after the other within limits. */
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { isNode, LineCounter, parseDocument, visit, type Document } from 'yaml'
import { parseDuration } from '../duration.js'
import type { StressLimits, StressPlan } from '../events/stress-event.js'
import { DEFAULT_PLAN, laterSeed, makePlan } from '../stress/plan.js'
import { SCENARIO_SCHEMA } from './scenario-schema.js'
import type { SeriesItem } from './series.js'

interface ScenarioFile {
  readonly seed?: number
  readonly limits?: StressLimits
  readonly phases: readonly (Partial<Omit<StressPlan, 'durationMs' | 'limits'>> & {
    readonly name?: string
    readonly duration?: string
  })[]
}

/** Throws RangeError with path, line, column and the key that is wrong. */
export function readScenarioFile(path: string): readonly SeriesItem[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new RangeError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  return parseScenarioFile(text, path)
}

/** `path` is for messages. Comments and all else that YAML allows are understood too. */
export function parseScenarioFile(text: string, path: string): readonly SeriesItem[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })
  const at = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset)
    return new RangeError(`${path}:${line}:${col}: ${message}`)
  }
  const [broken] = document.errors
  if (broken !== undefined) throw at(broken.pos[0], broken.message)
  visit(document, {
    Alias(_key, alias, path) {
      const stands = alias.resolve(document)
      const offset = alias.range?.[0] ?? 0
      if (stands === undefined) throw at(offset, `there is no anchor '${alias.source}' before this alias`)
      if (path.some((node) => isNode(node) && node === stands))
        throw at(offset, `the alias '${alias.source}' is within what it stands for`)
    },
  })
  const file: unknown = document.toJS()
  const validate = new Ajv({ allErrors: true, verbose: true }).compile<ScenarioFile>(SCENARIO_SCHEMA)
  if (!validate(file)) {
    // The deepest one is the most telling.
    const error = [...(validate.errors ?? [])].sort((a, b) => depth(b) - depth(a))[0]
    const { where, message } = explain(error)
    throw at(offsetOf(document, where), message)
  }
  return file.phases.map((phase, index) => {
    try {
      return itemOf(phase, laterSeed(file.seed ?? DEFAULT_PLAN.seed, index), file.limits)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw at(offsetOf(document, ['phases', String(index)]), error.message)
    }
  })
}

function itemOf(
  { name, duration, ...wishes }: ScenarioFile['phases'][number],
  usualSeed: number,
  limits: StressLimits | undefined,
): SeriesItem {
  const durationMs = duration === undefined ? {} : { durationMs: parseDuration(duration) ?? NaN }
  const plan = makePlan({ seed: usualSeed, ...wishes, ...durationMs, ...(limits && { limits }) })
  return { name: name ?? plan.scenario, plan }
}

const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length

interface Explained {
  /** The keys on the way to it. */
  readonly where: readonly string[]
  readonly message: string
}

function explain(error: ErrorObject | undefined): Explained {
  if (error === undefined) return { where: [], message: 'not a scenario file' }
  const { instancePath, keyword, params, message = '', data, parentSchema } = error
  const where = instancePath.split('/').slice(1)
  const given = JSON.stringify(data)
  const subject = where.length === 0 ? 'the file' : `'${where.join('.')}'`
  if (keyword === 'additionalProperties') {
    const key = String((params as { additionalProperty: unknown }).additionalProperty)
    const known = Object.keys((parentSchema as { properties: object }).properties).join(', ')
    return { where: [...where, key], message: `unknown key '${key}'; there are: ${known}` }
  }
  if (keyword === 'enum') {
    const allowed = (params as { allowedValues: unknown[] }).allowedValues.join(', ')
    return { where, message: `${subject} is ${given}; it can be: ${allowed}` }
  }
  if (keyword === 'pattern' && typeof parentSchema?.['description'] === 'string')
    return { where, message: `${subject} is ${given}; it must be ${parentSchema['description']}` }
  if (keyword === 'required') return { where, message: `${subject} ${message}` }
  return { where, message: `${subject} ${message}, not ${given}` }
}

/** Of the key where there is one, else of the value. */
function offsetOf(document: Document.Parsed, where: readonly string[]): number {
  const path = where.map((key) => (/^\d+$/.test(key) ? Number(key) : key))
  const above = path.length === 0 ? document.contents : document.getIn(path.slice(0, -1), true)
  const items = (above as { items?: readonly { key?: { value?: unknown; range?: number[] } }[] } | null)
    ?.items
  const pair = items?.find(({ key }) => key?.value === path.at(-1))
  const node = document.getIn(path, true) as { range?: number[] } | undefined
  return pair?.key?.range?.[0] ?? node?.range?.[0] ?? 0
}
