#!/bin/sh
# Stands in PATH under QEMU's name. Runs the real one ($GEMRIG_BENCH_QEMU) so that the guest's clock counts its own
# instructions, one nanosecond each (-icount): what else runs on this machine, and how long QEMU takes for an instruction,
# is in no number then.
set -- "$@" -icount shift=0
count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  case $word in
    tcg,thread=multi) word=tcg,thread=single ;;
  esac
  set -- "$@" "$word"
  count=$((count - 1))
done
exec "$GEMRIG_BENCH_QEMU" "$@"
