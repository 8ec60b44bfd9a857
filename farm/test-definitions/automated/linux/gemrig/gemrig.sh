#!/bin/sh
# Runs gemrig on a board of a farm and leaves what came of it in output/result.txt. It ends with 0 also when promises
# were broken: steps of a LAVA test run under `sh -e`, and a step that fails loses all that come after it.

OUTPUT=./output
RESULTS=$OUTPUT/result.txt
PACKAGE=gemrig
GEMRIG=gemrig
SCENARIOS='bo-cache churn'
DURATION=60s
CONFORM=yes
SHARD=1/1
DISRUPTIVE=no

usage() {
  echo "usage: $0 [-p package] [-g command] [-s scenarios] [-d duration] [-c yes|no] [-i i/n] [-a yes|no]" >&2
  exit 2
}

while getopts 'p:g:s:d:c:i:a:h' option; do
  case $option in
    p) PACKAGE=$OPTARG ;;
    g) GEMRIG=$OPTARG ;;
    s) SCENARIOS=$OPTARG ;;
    d) DURATION=$OPTARG ;;
    c) CONFORM=$OPTARG ;;
    i) SHARD=$OPTARG ;;
    a) DISRUPTIVE=$OPTARG ;;
    *) usage ;;
  esac
done

# A step that could not be made is `unknown`, not a failure of the kernel.
step() {
  name=$1
  shift
  "$@"
  code=$?
  case $code in
    0) echo "$name pass" ;;
    1) echo "$name fail" ;;
    125) echo "$name skip" ;;
    *) echo "$name unknown" ;;
  esac >>"$RESULTS"
}

# KTAP's result lines as lines of result.txt.
ktap_results() {
  sed -n -E \
    -e 's/^ok [0-9]+ ([^ ]+) # SKIP.*/\1 skip/p' -e t \
    -e 's/^ok [0-9]+ ([^ ]+).*/\1 pass/p' \
    -e 's/^not ok [0-9]+ ([^ ]+).*/\1 fail/p' "$1"
}

rm -rf "$OUTPUT"
mkdir -p "$OUTPUT" || exit 2
: >"$RESULTS"

if ! command -v "${GEMRIG%% *}" >/dev/null; then
  npm install --global "$PACKAGE" >&2 || {
    echo 'install fail' >>"$RESULTS"
    exit 0
  }
fi

allow=
[ "$DISRUPTIVE" = yes ] && allow=--allow-disruptive

if [ -n "$SCENARIOS" ]; then
  # The command and the scenarios are lists of words.
  # shellcheck disable=SC2086
  step stress $GEMRIG stress $SCENARIOS --duration "$DURATION" --shard "$SHARD" $allow --out "$OUTPUT/stress" --report linaro
  for results in "$OUTPUT"/stress/result.txt "$OUTPUT"/stress/*/result.txt; do
    [ -f "$results" ] && sed 's/^lava-test-set start /&'"$(basename "$(dirname "$results")")"'-/' "$results" >>"$RESULTS"
  done
fi

if [ "$CONFORM" = yes ]; then
  # shellcheck disable=SC2086
  step conform $GEMRIG conform --ktap >"$OUTPUT/conform.ktap"
  {
    echo 'lava-test-set start conform'
    ktap_results "$OUTPUT/conform.ktap"
    echo 'lava-test-set stop'
  } >>"$RESULTS"
fi
exit 0
