#!/bin/sh
# Sends the lines of a result file to LAVA, by the helpers that LAVA puts on the board; without them it prints them.
# In Linaro's test-definitions a script of the same name is in the same place, and takes the same file.

results=$1
if [ ! -f "$results" ]; then
  echo "usage: $0 result.txt" >&2
  exit 2
fi
if ! command -v lava-test-case >/dev/null; then
  cat "$results"
  exit 0
fi
while read -r name result value units; do
  if [ "$name" = lava-test-set ]; then
    lava-test-set "$result" ${value:+"$value"}
  elif [ -n "$units" ]; then
    lava-test-case "$name" --result "$result" --measurement "$value" --units "$units"
  elif [ -n "$result" ]; then
    lava-test-case "$name" --result "$result"
  fi
done <"$results"
exit 0
