/** A value inside a comma-separated option of QEMU's: a comma is doubled. */
export function optionValue(value: string): string {
  return value.replaceAll(',', ',,')
}
