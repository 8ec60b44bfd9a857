/** docs/api.md names all that `import ... from 'gemrig'` offers. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import ts from 'typescript'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Names that a file exports. A star would hide what comes with it: there is none. */
function exportsOf(path: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest)
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement
      if (exportClause === undefined || !ts.isNamedExports(exportClause)) return ['*']
      return exportClause.elements.map(({ name }) => name.text)
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    const { name } = statement as { name?: ts.Node }
    return isExported === true ? [name !== undefined && ts.isIdentifier(name) ? name.text : '?'] : []
  })
}

const names = exportsOf('src/index.ts')

test('the surface is told name by name', () => {
  expect(names.filter((name) => !/^\w+$/.test(name))).toEqual([])
  expect(names).toContain('openDevice')
  expect(names).toContain('BoardChoice')
  expect(names.length).toBeGreaterThan(60)
})

test.each(names)('%s is in docs/api.md', (name) => {
  expect(read('docs/api.md')).toMatch(new RegExp(`\\b${name}\\b`))
})
