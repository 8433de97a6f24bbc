# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a command needs before it can build or run: libraries, tools, peers of the load test.

has_llhttp() { have pkg-config && pkg-config --atleast-version=9.2 libllhttp 2>/dev/null; }

# The address of the Debian archive this machine already uses.
mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    "Codename: $1" 'Component: main' 'Label: Debian' 2>/dev/null | sed -n '1s,/*$,,p'
}

# Debian 12 has llhttp 8.1, which lets requests be smuggled. Its successor's 9.2 needs nothing
# newer than Debian 12 has: two packages are fetched, and nothing is left behind in /etc/apt.
apt_llhttp_of_trixie() {
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ ! -e "$keyring" ]; then apt_need debian-archive-keyring; fi
  apt_update
  uri=$(mirror bookworm)
  if [ -z "$uri" ]; then
    die "no Debian 12 main archive among this machine's apt sources, so libllhttp-dev >= 9.2 (of Debian 13) cannot be fetched. Install it by hand."
  fi
  announce libllhttp9.2 libllhttp-dev
  need_tmp
  mkdir -p "$tmp/llhttp" "$tmp/lists/partial" "$tmp/cache/archives/partial"
  echo "deb [signed-by=$keyring] $uri trixie main" >"$tmp/trixie.list"
  cat >"$tmp/fetch" <<'TEXT'
set -eu
cd "$1/llhttp"
options="-o Dir::Etc::SourceList=$1/trixie.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$1/lists
  -o Dir::Cache=$1/cache -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any"
apt-get $options update
apt-get $options download libllhttp9.2 libllhttp-dev
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  "$1"/llhttp/libllhttp9.2_*.deb "$1"/llhttp/libllhttp-dev_*.deb
rm -rf "$1/llhttp" "$1/lists" "$1/cache"
TEXT
  quietly "libllhttp-dev of Debian 13 could not be fetched and installed." \
    as_root sh "$tmp/fetch" "$tmp"
}

apt_llhttp() {
  if has_llhttp; then return 0; fi
  apt_update
  candidate=$(apt_candidate libllhttp-dev)
  if [ -n "$candidate" ] && dpkg --compare-versions "$candidate" ge 9.2; then
    apt_need libllhttp-dev
  elif grep -qx 'VERSION_CODENAME="*bookworm"*' /etc/os-release; then
    apt_llhttp_of_trixie
  else
    die "this distribution offers libllhttp-dev $candidate; capricorn needs 9.2 or newer. Install llhttp from its releases so that \"pkg-config --modversion libllhttp\" finds it, then run this again."
  fi
}

# ---------------------------------------------------------------- setup

apt_common="meson ninja-build ccache pkg-config nlohmann-json3-dev doctest-dev libssl-dev
  libcli11-dev libtomlplusplus-dev zlib1g-dev libbrotli-dev libzstd-dev libre2-dev libidn2-dev libkainjow-mustache-dev curl
  ca-certificates python3 openssl python3-websockets python3-jwt python3-cryptography libsqlite3-dev
  valgrind"
dnf_common="gcc-c++ meson ninja-build ccache pkgconf-pkg-config json-devel doctest-devel
  openssl-devel cli11-devel tomlplusplus-devel llhttp-devel zlib-devel brotli-devel libzstd-devel re2-devel libidn2-devel
  curl ca-certificates python3 python3-websockets python3-jwt python3-cryptography openssl
  sqlite-devel valgrind"
brew_common="llvm lld meson ninja ccache pkgconf nlohmann-json doctest openssl@3 cli11 tomlplusplus llhttp
  zlib brotli zstd re2 libidn2 sqlite"

# On a system without a known package manager: what is there is used, what is not is named.
other_need() {
  missing=
  for program in meson ninja pkg-config python3 curl openssl; do
    have "$program" || missing="$missing $program"
  done
  find_cxx >/dev/null || missing="$missing clang++>=19(or g++>=14)"
  if have pkg-config; then
    for library in "libllhttp >= 9.2" "openssl >= 3.0" "nlohmann_json >= 3.11" "CLI11 >= 2.1" \
      "tomlplusplus >= 3.2" "zlib" "libbrotlienc" "libbrotlidec" "libzstd >= 1.5" "re2" "libidn2 >= 2.3" "sqlite3"; do
      pkg-config --exists "$library" 2>/dev/null || missing="$missing $(echo "$library" | tr -d ' ')"
    done
  fi
  if [ -n "$missing" ]; then
    die "this system's package manager is not known here. Install these, and doctest, by hand:$missing"
  fi
}

setup() {
  check_cxx
  case $(system) in
    apt)
      # shellcheck disable=SC2086
      apt_need $apt_common
      apt_compiler
      apt_llhttp
      ;;
    dnf)
      # shellcheck disable=SC2086
      dnf_need $dnf_common
      ;;
    brew)
      # shellcheck disable=SC2086
      brew_need $brew_common
      ;;
    *) other_need ;;
  esac
  # Said and passed over where it cannot be: then /docs and /redoc load from a CDN.
  python3 handlers/openapi/fetch_assets.py || exit 1
}

setup_clang() {
  case $(system) in
    apt) apt_clang_tools ;;
    dnf) dnf_need clang lld compiler-rt llvm ;;
    *) find_clang >/dev/null || die "the sanitizers need clang >= 19: install it." ;;
  esac
}

# tool NAME: a tool of clang's, of the version the project is formatted and checked with.
tool() {
  if have "$1-19"; then
    echo "$1-19"
  elif [ "$(system)" = apt ]; then
    apt_need "$1-19" >&2
    echo "$1-19"
  elif have "$1"; then
    echo "$1"
  elif [ "$(system)" = brew ] && [ -x "$(brew --prefix)/opt/llvm/bin/$1" ]; then
    echo "$(brew --prefix)/opt/llvm/bin/$1"
  else
    die "$1 of LLVM 19 is not installed (Fedora: package clang-tools-extra; Homebrew: formula llvm)."
  fi
}

setup_wrk() {
  case $(system) in
    apt) apt_need wrk ;;
    *) have wrk || die "wrk is not installed: install it to make the load." ;;
  esac
}

# apt_offered PACKAGE...: those of them that this distribution has; without a peer the others are measured.
apt_offered() {
  for package in "$@"; do
    if apt_offers "$package"; then
      printf '%s ' "$package"
    else
      say "left out, as this distribution does not offer it: $package"
    fi
  done
}

# Loading a peer's package must not leave a server running on somebody's machine.
setup_bench() {
  case $(system) in
    apt)
      set -- wrk strace nginx-light h2o haproxy nodejs golang-go libboost-dev librust-hyper-dev \
        librust-tokio-dev librust-serde-derive-dev librust-serde-json-dev python3-uvicorn python3-fastapi \
        python3-uvloop python3-httptools
      if ! have cargo; then set -- "$@" cargo; fi
      missing=$(apt_missing "$@")
      if [ -z "$missing" ]; then return 0; fi
      if [ "$(id -u)" -ne 0 ] && ! have sudo; then
        have wrk || die "wrk is not installed, and installing it needs root: there is no sudo."
        say "left out, as installing needs root, and there is no sudo: $missing"
        return 0
      fi
      apt_update
      # shellcheck disable=SC2086
      missing=$(apt_offered $missing)
      if [ -z "$missing" ]; then return 0; fi
      if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
      fi
      # shellcheck disable=SC2086
      apt_need $missing
      if [ -n "$policy" ]; then
        as_root rm -f "$policy"
        policy=
      fi
      if [ -d /run/systemd/system ]; then
        for service in nginx h2o haproxy; do
          case $missing in
            *"$service"*) as_root systemctl disable --quiet "$service.service" || true ;;
          esac
        done
      fi
      ;;
    dnf)
      dnf_need nginx nodejs python3-uvicorn python3-fastapi
      have wrk || die "wrk is not installed: build it from its sources and put it on the PATH."
      ;;
    brew)
      brew_need wrk nginx node
      say "Uvicorn and FastAPI take part where \"python3 -m uvicorn\" works: pip install fastapi uvicorn"
      ;;
    *) have wrk || die "wrk is not installed: install it to make the load." ;;
  esac
}

# Large, and needed by one test: only for `./dev test --browser`.
setup_browser() {
  case $(system) in
    apt)
      if ! have chromium && ! have google-chrome; then apt_need chromium; fi
      ;;
    dnf) dnf_need chromium ;;
    *)
      if ! have chromium && ! have google-chrome; then
        die "Chromium is not installed: install it so that \"chromium\" is on the PATH."
      fi
      ;;
  esac
}

# The peers of the event loop; what is not there is left out by the runner, with a sentence.
setup_bench_loop() {
  case $(system) in
    apt) apt_need python3-uvloop libuv1-dev libasio-dev ;;
    dnf) dnf_need python3-uvloop libuv-devel asio-devel ;;
    brew) brew_need libuv asio ;;
  esac
}
