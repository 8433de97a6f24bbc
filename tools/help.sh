# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What `./dev` and `./dev COMMAND --help` print.

usage() {
  cat <<'TEXT'
usage: ./dev COMMAND [ARGUMENTS]      (./dev COMMAND --help says more)

  setup   install what is missing to build capricorn
  run     build and serve the demo application: ./dev run --port 9000
  test    build and run all tests
  bench   measure capricorn beside nginx, hyper, Bun, Uvicorn, FastAPI and others;
          bench loop: the event loop beside asyncio, uvloop, libuv and asio;
          bench echo: an echo server beside asyncio's and uvloop's;
          bench soak: ten minutes of mixed load with disconnects;
          bench restarts: reloads and a hand-over under load;
          bench curves, bench wide: what a request costs as things grow, 50 000 connections;
          bench counts, bench instructions: what a request is made of
  pgo     build capricorn with the profile of a load
  fmt     format the C++ sources (--check: only look)
  lint    clang-tidy and the shell scripts' syntax
  asan    the tests under AddressSanitizer and UndefinedBehaviorSanitizer
  tsan    the tests under ThreadSanitizer
  fuzz    the parsers under libFuzzer: ./dev fuzz 600
  help    this list

run, test, bench, pgo, lint, asan, tsan and fuzz do all the set-up themselves.
TEXT
}

help_of() {
  case $1 in
    setup) cat <<'TEXT' ;;
usage: ./dev setup
Installs, as root or by sudo, what is missing to build capricorn: a compiler (clang >= 19 or
g++ >= 14), Meson, Ninja and the libraries of docs/dependencies.md. It says what and why.
Where npm is installed it also fetches Swagger UI and ReDoc, in pinned versions, into build-assets/:
the binary then serves /docs and /redoc without the internet.
A second run finds nothing missing and needs no network. CXX=... chooses the compiler.
TEXT
    run) cat <<'TEXT' ;;
usage: ./dev run [EXAMPLE] [SERVER ARGUMENTS]
Sets up, builds, and becomes the server with the demo application, or with that of another folder
of examples/: ./dev run --port 9000, ./dev run chat.
Paths in the arguments are relative to the project's folder. ./dev run -- --help prints the
server's own options.
TEXT
    test) cat <<'TEXT' ;;
usage: ./dev test [ARGUMENTS OF meson test]
       ./dev test --browser
       ./dev test --kqueue PREFIX [ARGUMENTS OF meson test]
Sets up, builds everything in build/, and runs the tests: all of them, or those named
(./dev test router_test; ./dev test --list prints their names). The last line is "N passed, N failed"; the exit
code says the same.
With --browser it is the pages of /docs and /redoc in Chromium, which it installs; without, that test
runs only where Chromium is there.
With --kqueue it is the loop's tests, built in build-kqueue/ and run on the BSDs' selector by
means of a libkqueue in PREFIX (PREFIX/include/kqueue, PREFIX/lib).
TEXT
    bench) cat <<'TEXT' ;;
usage: ./dev bench [ARGUMENTS OF loadtest/run]
       ./dev bench loop [ARGUMENTS OF loadtest/loop/run]
       ./dev bench echo [ARGUMENTS OF loadtest/loop/echo]
       ./dev bench soak [ARGUMENTS OF loadtest/soak]
       ./dev bench restarts [ARGUMENTS OF loadtest/restarts]
       ./dev bench curves [ARGUMENTS OF loadtest/curves]
       ./dev bench wide [ARGUMENTS OF loadtest/wide]
       ./dev bench counts [ARGUMENTS OF loadtest/counts]
       ./dev bench instructions [--update | --profile SCENARIO]
Sets up, builds, installs wrk and the peers (nginx, h2o, HAProxy, node, Go, Beast, hyper, Uvicorn,
FastAPI) where they are missing, without starting any of them as a service, and runs loadtest/run. What the
system does not offer, or only root could install, is left out. For "soak", "restarts" and "wide" it is wrk alone.
Debian 12 has neither uWebSockets nor Drogon: loadtest/fetch-sources fetches them once, outside the
project.
--check judges what capricorn has to reach.
"curves" is what a request costs as connections, routes and headers grow, "wide" holds 50 000 connections
on three workers. "counts" is what a request is made of, of capricorn and its peers: instructions and
cache misses under valgrind, system calls under strace. "instructions" compares capricorn's with those
that the tests keep (--update keeps them anew, --profile items says which functions they are of).
With "loop" it is the event loop that is measured, beside asyncio, uvloop, libuv and asio; with
"echo" an echo server on it, beside asyncio's and uvloop's. "soak" is mixed load with disconnects for
ten minutes; it fails where the server kept memory or descriptors of it. "restarts" replaces workers,
binary and certificate under load; it fails where a request did.
./dev bench -- --help, bench loop -- --help and so on print the runners' own options.
TEXT
    fmt) cat <<'TEXT' ;;
usage: ./dev fmt [--check]
Formats the C++ sources in place with clang-format-19; --check changes nothing and fails where
something would change.
TEXT
    lint) cat <<'TEXT' ;;
usage: ./dev lint [FILE.cpp...]
Runs clang-tidy-19 (.clang-tidy) on the C++ sources, all or those named, and checks the syntax of
the shell scripts.
TEXT
    asan) cat <<'TEXT' ;;
usage: ./dev asan [ARGUMENTS OF meson test]
Builds with clang, AddressSanitizer and UndefinedBehaviorSanitizer in build-asan/ and runs the
tests there. The last line is "N passed, N failed".
TEXT
    tsan) cat <<'TEXT' ;;
usage: ./dev tsan [ARGUMENTS OF meson test]
Builds with clang and ThreadSanitizer in build-tsan/ and runs the tests there. The last line is
"N passed, N failed".
TEXT
    pgo) cat <<'TEXT' ;;
usage: ./dev pgo [ARGUMENTS OF meson setup]
Builds capricorn in build-pgo/ with the profile of a load: once to be measured, then the load test's
scenarios for a minute, then again with what was seen, and with link-time optimisation.
build-pgo/capricorn is the result. A module (.so) that it serves may be built in any way.
./dev bench --against build-pgo says what it gains here.
TEXT
    fuzz) cat <<'TEXT' ;;
usage: ./dev fuzz [SECONDS] [FUZZER...]
Builds the fuzzers of tests/fuzz/ with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer
in build-fuzz/ and runs each, or those named (./dev fuzz 600 request_parser), for so many seconds:
60 if none are given. They start from tests/fuzz/corpus/; what they find that is new goes to
build-fuzz/corpus/, and an input that fails is kept in build-fuzz/found/ and named. The last line is
"N passed, N failed".
TEXT
    '' | help | -h | --help) usage ;;
    *) die "there is no command \"$1\"; ./dev alone prints the list." ;;
  esac
}
