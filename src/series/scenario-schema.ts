/** What a scenario file may say: JSON Schema, published as docs/schema/scenario.schema.json. */
import { HOG_MEMORIES } from '../pressure/hog-memory.js'
import { PRESSURE_NAMES } from '../pressure/pressure-source.js'
import { SCENARIO_NAMES } from '../workload/scenarios/index.js'

const DURATION = {
  type: 'string',
  pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$',
  description: 'a duration such as 30s, 5m or 1500ms, all pressure sources of the phase together',
}
/** Of a run, whose folder has it in its name. */
export const RUN_NAME = /^[A-Za-z0-9_.-]{1,60}$/
const SEED = { type: 'integer', minimum: 0, maximum: 4294967295 }

export const SCENARIO_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://gemrig.invalid/schema/scenario-1.json',
  title: 'a scenario file of gemrig stress --file',
  type: 'object',
  required: ['phases'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    title: { type: 'string', description: 'one line for people' },
    seed: { ...SEED, description: 'of the first phase; each later one has the next number. 1 unless told' },
    limits: {
      type: 'object',
      additionalProperties: false,
      description: 'that every phase keeps to',
      properties: {
        buffersMiB: {
          type: 'integer',
          minimum: 1,
          maximum: 1048576,
          description:
            'what the buffers of all actors of a phase may come to hold: a phase that might need more is refused',
        },
        reserveMiB: {
          type: 'integer',
          minimum: 0,
          maximum: 1048576,
          description: 'of what is available, the hog of machine-pressure leaves so much',
        },
        stallPercent: {
          type: 'integer',
          minimum: 1,
          maximum: 100,
          description:
            'share of time in which everybody waits for memory, above which the hog of machine-pressure lets go. 25 unless told',
        },
      },
    },
    phases: {
      type: 'array',
      minItems: 1,
      description: 'run one after the other, each with actors of its own',
      items: {
        type: 'object',
        required: ['scenario'],
        additionalProperties: false,
        properties: {
          name: {
            type: 'string',
            pattern: RUN_NAME.source,
            description: 'of its result folder; the name of its scenario unless told',
          },
          scenario: { enum: [...SCENARIO_NAMES] },
          actors: { type: 'integer', minimum: 1, maximum: 64 },
          buffers: { type: 'integer', minimum: 8, maximum: 65536, description: 'most of each actor' },
          pressure: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...PRESSURE_NAMES] } },
          hog: { enum: [...HOG_MEMORIES], description: 'what hogs take; anonymous memory unless told' },
          duration: DURATION,
          seed: SEED,
        },
      },
    },
  },
} as const
