/** The contract as tests: one for each row. */
import { describe, expect, test } from 'vitest'
import type { BackendKind } from '../../src/backend/backend.js'
import { runContract, type Place, type Result } from './contract.js'
import { ROWS } from './rows.js'

/** Runs each row on a place of its own, right here. */
export function backendContract(name: string, kind: BackendKind, makePlace: () => Place): void {
  contractTests(name, kind, (index) => runContract(makePlace(), ROWS.slice(index, index + 1))[0])
}

/** A test for each row. `resultOf` is asked for the row's result, by its index, when its test runs. */
export function contractTests(
  name: string,
  kind: BackendKind,
  resultOf: (index: number) => Result | undefined,
): void {
  describe(`the contract on ${name}`, () => {
    ROWS.forEach((row, index) => {
      const differs = row.differsOn?.[kind]
      // A row that holds where it is said not to says something wrong.
      if (differs !== undefined) {
        test(`${row.name} (not here: ${differs})`, () => {
          expect(resultOf(index)).toMatchObject({ name: row.name, isKept: false })
        })
      } else {
        test(row.name, () => {
          const { name: ran, actual } = resultOf(index) ?? {}
          expect({ name: ran, actual }).toEqual({ name: row.name, actual: row.expected })
        })
      }
    })
  })
}
