# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Finds a compiler that will do, and installs one where there is none.

major_of() { "$1" -dumpversion 2>/dev/null | sed 's/[^0-9].*//'; }

find_clang() {
  for name in clang++-19 clang++-20 clang++-21 clang++-22 clang++ \
    /opt/homebrew/opt/llvm/bin/clang++ /usr/local/opt/llvm/bin/clang++; do
    if have "$name"; then
      major=$(major_of "$name")
      # Apple's clang counts differently; Meson refuses what is too old.
      if [ "${major:-0}" -ge 19 ]; then
        echo "$name"
        return 0
      fi
    fi
  done
  return 1
}
find_gcc() {
  for name in g++ g++-16 g++-15 g++-14; do
    if have "$name" && ! "$name" --version 2>/dev/null | grep -qi clang; then
      major=$(major_of "$name")
      if [ "${major:-0}" -ge 14 ]; then
        echo "$name"
        return 0
      fi
    fi
  done
  return 1
}
find_cxx() {
  if [ -n "${CXX:-}" ]; then
    echo "$CXX"
    return 0
  fi
  find_gcc || find_clang
}

# Before anything is installed, or a build that is there is given up for another compiler's.
check_cxx() {
  if [ -z "${CXX:-}" ]; then return 0; fi
  program=$CXX
  for word in $CXX; do # behind ccache, distcc and the like, before its own options
    case $word in
      -*) ;;
      *) program=$word ;;
    esac
  done
  have "$program" || die "CXX names \"$program\", which is not installed. Without CXX a compiler is found."
  least=14
  if "$program" --version 2>/dev/null | grep -qi clang; then least=19; fi
  major=$(major_of "$program")
  if [ "${major:-0}" -lt "$least" ]; then
    die "CXX names \"$program\", which is of version ${major:-unknown}: capricorn needs clang >= 19 or g++ >= 14."
  fi
}

apt_clang() {
  for version in 19 20 21 22; do
    if apt_offers "clang-$version"; then
      echo "$version"
      return 0
    fi
  done
  return 1
}

apt_compiler() {
  if find_cxx >/dev/null; then return 0; fi
  apt_update
  candidate=$(apt_candidate g++ | sed 's/^[0-9]*://; s/[^0-9].*//')
  if [ "${candidate:-0}" -ge 14 ]; then
    apt_need g++
  elif version=$(apt_clang); then
    say "g++ ${candidate:-of this system} miscompiles coroutines or is untried: clang-$version is taken instead"
    apt_need "clang-$version" "lld-$version"
  elif apt_offers g++-14; then
    apt_need g++-14
  else
    die "this distribution offers neither g++ >= 14 nor clang >= 19. Install one and set CXX to its name."
  fi
}

apt_clang_tools() {
  if ! clang=$(find_clang); then
    apt_update
    version=$(apt_clang) || die "this distribution offers no clang >= 19, which the sanitizers need."
    apt_need "clang-$version" "lld-$version" "libclang-rt-$version-dev" "llvm-$version"
  else
    version=$(major_of "$clang")
    apt_need "libclang-rt-$version-dev" "llvm-$version"
  fi
}
