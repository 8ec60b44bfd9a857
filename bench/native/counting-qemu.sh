#!/bin/sh
# Stands in PATH under QEMU's name. Runs the real one ($GEMRIG_BENCH_QEMU) so that the guest's clock counts its own
# instructions, one nanosecond each (-icount): what else runs on this machine, and how long QEMU takes for an instruction,
# is in no number then. Addresses are not randomized, which would make arm64 Linux isolate its page tables, as no board
# with an RK3399 needs to.
set -- "$@" -icount shift=0
count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  case $word in
    tcg,thread=multi) word=tcg,thread=single ;;
    console=*) word="$word nokaslr" ;;
  esac
  set -- "$@" "$word"
  count=$((count - 1))
done
exec "$GEMRIG_BENCH_QEMU" "$@"
