# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# `./dev fuzz`.

cmd_fuzz() {
  seconds=60
  case ${1:-} in
    [0-9]*)
      seconds=$1
      shift
      ;;
  esac
  case $seconds in # libFuzzer takes 0 for ever
    *[!0-9]* | 0*) die "expected a number of seconds, but got \"$seconds\"; see ./dev fuzz --help." ;;
  esac
  if [ $# -eq 0 ]; then
    for file in tests/fuzz/*_fuzz.cpp; do set -- "$@" "$(basename "$file" _fuzz.cpp)"; done
  fi
  for name in "$@"; do
    [ -e "tests/fuzz/${name}_fuzz.cpp" ] || die "there is no fuzzer \"$name\" in tests/fuzz/."
  done
  setup
  setup_clang
  clang=$(find_clang) || die "libFuzzer needs clang >= 19: install it."
  configure build-fuzz "$clang" -Dfuzz=true -Dbuildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false
  for name in "$@"; do build build-fuzz "tests/fuzz/fuzz_$name"; done
  run_fuzzers "$seconds" "$@"
}

# run_fuzzers SECONDS NAMES...: one after the other.
run_fuzzers() {
  seconds=$1
  shift
  mkdir -p build-fuzz/found
  passed=0
  failed=0
  for name in "$@"; do
    mkdir -p "build-fuzz/corpus/$name"
    dictionary=tests/fuzz/$name.dict
    say "$name for $seconds s"
    if "build-fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -print_final_stats=1 -artifact_prefix="build-fuzz/found/$name-" \
      $(if [ -e "$dictionary" ]; then printf '%s' "-dict=$dictionary"; fi) \
      "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"build-fuzz/$name.log" 2>&1; then
      passed=$((passed + 1))
      sed -n 's/^stat::number_of_executed_units: */  inputs: /p; /DONE/p' "build-fuzz/$name.log" >&2
    else
      failed=$((failed + 1))
      tail -n 40 "build-fuzz/$name.log" >&2
      say "$name failed; the input is in build-fuzz/found/: build-fuzz/tests/fuzz/fuzz_$name FILE runs it again"
    fi
  done
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}
