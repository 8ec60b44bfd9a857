/** The look of the HTML report; light or dark as the reader's system is. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --soft: light-dark(#f4f4f4, #222); }
body { font: 14px/1.45 system-ui, sans-serif; max-width: 1200px; margin: 1.5em auto; padding: 0 1em; }
h1 { font-size: 1.5em; margin: 0 } h2 { font-size: 1.15em; margin: 2em 0 .5em }
code, pre, td.text { font-family: ui-monospace, monospace; font-size: 12px }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.verdict { padding: .8em 1em; border-left: 6px solid; background: var(--soft) }
.pass { border-color: #2a9d4a } .fail { border-color: #d33 } .inconclusive, .interrupted { border-color: #d90 }
.replay { display: block; margin-top: .5em; user-select: all }
table { border-collapse: collapse; width: 100% } th, td { padding: .25em .6em; text-align: left; vertical-align: top }
th { border-bottom: 2px solid var(--line) } td { border-bottom: 1px solid var(--line) }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.log { max-height: 30em; overflow: auto; border: 1px solid var(--line) }
.log tr.near { background: light-dark(#ffe9a8, #5a4a10) } .log tr { cursor: pointer }
.severity-fail, .severity-error, .result-fail { color: #d33; font-weight: 600 } .severity-suspicious, .result-skip { color: #b70 }
.result-pass { color: #2a9d4a } .bars { display: inline-flex; align-items: flex-end; height: 24px; gap: 1px }
.bars i { display: block; width: 5px; background: #47c } .chart { margin: .5em 0 } .u-legend th, .u-legend td { border: 0 } .legend i { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em }
`
