# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Configures and builds a folder, and runs the tests that are in it.

# configure FOLDER COMPILER ARGUMENTS...: only where it is not configured yet, or where CXX asks for
# another compiler than it was configured with.
configure() {
  folder=$1
  compiler=$2
  shift 2
  if [ -e "$folder/build.ninja" ]; then
    if [ -z "${CXX:-}" ] || [ "$folder" != build ] ||
      [ "$(cat "$folder/.compiler" 2>/dev/null || true)" = "$compiler" ]; then
      return 0
    fi
    set -- --wipe "$@"
  fi
  say "configuring $folder/ with $compiler"
  need_tmp
  set -- "$folder" -Dwerror=true "$@"
  (
    CXX=$compiler
    case $compiler in
      *ccache*) ;;
      *) if have ccache; then CXX="ccache $compiler"; fi ;;
    esac
    export CXX
    case $compiler in
      *clang*)
        linker=$(${compiler##*ccache } -print-prog-name=ld.lld 2>/dev/null || true)
        case $linker in
          /*) export CXX_LD="${CXX_LD:-lld}" ;;
        esac
        ;;
    esac
    quietly "the configuration of $folder/ failed; its last lines are above." meson setup "$@"
  ) || exit 1
  printf '%s\n' "$compiler" >"$folder/.compiler"
}

configure_release() {
  setup
  compiler=$(find_cxx) || die "no suitable compiler: capricorn needs clang >= 19 or g++ >= 14. Set CXX."
  configure build "$compiler"
}

# build FOLDER TARGETS...: Ninja shows its own progress.
build() {
  folder=$1
  shift
  ninja -C "$folder" "$@" >&2 || die "the build in $folder/ failed; the errors are above."
}

# run_tests FOLDER ARGUMENTS...: the last line is "N passed, N failed".
run_tests() {
  folder=$1
  shift
  log=$folder/meson-logs/testlog.txt
  rm -f "$log"
  # Meson takes it for success.
  case $(meson test -C "$folder" --no-rebuild --list "$@" 2>&1 || true) in
    "No suitable tests defined.") die "no test is called so: ./dev test --list prints their names." ;;
  esac
  status=0
  meson test -C "$folder" --no-rebuild --print-errorlogs "$@" || status=$?
  if [ ! -e "$log" ]; then return "$status"; fi
  summary=$(awk '
    /^(Ok|Expected Fail): +[0-9]+ *$/ { passed += $NF }
    /^(Fail|Unexpected Pass|Timeout): +[0-9]+ *$/ { failed += $NF }
    /^Skipped: +[0-9]+ *$/ { skipped += $NF }
    END {
      printf "%d passed, %d failed", passed, failed
      if (skipped > 0) printf ", %d skipped", skipped
    }' "$log")
  if [ "$status" -eq 0 ]; then
    case $summary in
      *" 0 failed"*) ;;
      *) status=1 ;;
    esac
  fi
  printf '%s\n' "$summary"
  return "$status"
}

sanitized() {
  folder=$1
  sanitizers=$2
  shift 2
  setup
  setup_clang
  clang=$(find_clang) || die "the sanitizers need clang >= 19: install it."
  configure "$folder" "$clang" -Dbuildtype=debugoptimized "-Db_sanitize=$sanitizers" -Db_lundef=false
  symbolizer=$(command -v "llvm-symbolizer-$(major_of "$clang")" || command -v llvm-symbolizer || true)
  if [ -n "$symbolizer" ]; then
    # One variable serves all sanitizers' runtimes.
    export ASAN_SYMBOLIZER_PATH="$symbolizer" TSAN_SYMBOLIZER_PATH="$symbolizer"
    export UBSAN_SYMBOLIZER_PATH="$symbolizer" LLVM_SYMBOLIZER_PATH="$symbolizer"
  fi
  export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1}"
  export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}"
  export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1:history_size=4}"
  build "$folder"
  run_tests "$folder" "$@"
}

# sources PATTERN...: what git knows or would; without git, what lies in the project's folders.
sources() {
  if have git && git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
      # The links under include/ are no files of their own, and a deleted file is none.
      if [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
  else
    for pattern in "$@"; do
      find loop http handlers server config include examples tests loadtest -type f -name "$pattern"
    done
  fi
}
processors() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }
