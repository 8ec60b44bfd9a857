/** A run of the conformance suite as tests, one for each row. */
import { expect, test } from 'vitest'
import type { ConformRun } from '../../src/conform/conform-run.js'
import { ROWS } from '../../src/conform/rows/index.js'

/** `runOf` is asked when the tests run, which is of `rows`. Rows that were skipped have to say why. */
export function rowTests(runOf: () => ConformRun, rows = ROWS): void {
  test.each(rows.map(({ id, name }, index) => ({ id, name, index })))('$id: $name', ({ id, index }) => {
    const row = runOf().rows[index]
    expect(row?.id).toBe(id)
    if (row?.outcome === 'skip') expect(row.why).not.toBe('')
    else expect(row?.outcome === 'fail' ? row.actual : row?.expected).toEqual(row?.expected)
  })
}
