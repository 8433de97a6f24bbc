# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Packages of the system's own manager: which are missing, what each is for, how they are installed.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "\"$*\" needs root, and there is no sudo."
  fi
}
# Said before anything is run with its output put aside.
need_root() {
  if [ "$(id -u)" -ne 0 ] && ! have sudo; then
    die "installing needs root, and there is no sudo. Run \"./dev setup\" once as root."
  fi
}

system() {
  if have apt-get && have dpkg-query; then
    echo apt
  elif have dnf && have rpm; then
    echo dnf
  elif have brew; then
    echo brew
  else
    echo other
  fi
}

# apt_missing PACKAGE...: those that are not installed.
apt_missing() {
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    case "
$installed
" in
      *"
installed $package
"*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

apt_updated=no
apt_update() {
  if [ "$apt_updated" = yes ]; then return 0; fi
  need_root
  say "fetching the package lists (apt-get update)"
  quietly "the package lists could not be fetched. Is there a network, and are the sources under /etc/apt right?" \
    as_root apt-get update
  apt_updated=yes
}

apt_install() {
  apt_update
  # shellcheck disable=SC2086
  quietly "apt-get could not install these packages: $*." \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

apt_candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p'; }
apt_offers() {
  candidate=$(apt_candidate "$1")
  [ -n "$candidate" ] && [ "$candidate" != "(none)" ]
}

why() {
  case $1 in
    g++* | clang-[0-9]*) echo "the compiler" ;;
    lld*) echo "the linker" ;;
    libclang-rt* | compiler-rt*) echo "the sanitizers' runtime" ;;
    llvm-[0-9]* | llvm) echo "names in the sanitizers' reports" ;;
    meson) echo "the build system" ;;
    ninja*) echo "runs the build" ;;
    ccache) echo "keeps what was compiled once" ;;
    pkg-config | pkgconf*) echo "finds the libraries" ;;
    nlohmann* | json-devel) echo "JSON values in the public headers" ;;
    doctest*) echo "the tests are written with it" ;;
    libssl* | openssl-devel | openssl@3) echo "TLS and hashes" ;;
    openssl) echo "certificates for the tests" ;;
    libcli11* | cli11*) echo "the command line" ;;
    libtomlplusplus* | tomlplusplus*) echo "the configuration file" ;;
    libllhttp* | llhttp*) echo "the HTTP/1.1 parser, 9.2 or newer" ;;
    zlib* | libbrotli* | brotli* | libzstd* | zstd) echo "compressed bodies" ;;
    libsqlite3-dev | sqlite*) echo "a database for the examples" ;;
    libre2* | re2*) echo "regular expressions" ;;
    libidn2*) echo "international names of hosts" ;;
    libkainjow*) echo "templates of pages" ;;
    curl) echo "the tests call the server with it" ;;
    ca-certificates) echo "the certificates curl trusts" ;;
    debian-archive-keyring) echo "the keys that verify Debian's archive" ;;
    python3) echo "checks and helpers of the tests" ;;
    python3-jwt | python3-cryptography) echo "the tests read its tokens" ;;
    clang-format*) echo "formats the sources" ;;
    clang-tidy*) echo "looks for mistakes" ;;
    wrk) echo "makes the load" ;;
    strace) echo "counts system calls" ;;
    valgrind) echo "a test counts instructions with it" ;;
    chromium) echo "the browser that opens /docs in a test" ;;
    nginx* | h2o | haproxy | nodejs* | golang* | libboost* | librust* | cargo | rustc | python3-* | libuv* | \
      libasio* | asio*) echo "a peer in the comparison" ;;
    *) echo "needed to build" ;;
  esac
}
announce() {
  for package in "$@"; do
    say "installing $package: $(why "$package")"
  done
}

apt_need() {
  missing=$(apt_missing "$@")
  if [ -z "$missing" ]; then return 0; fi
  # shellcheck disable=SC2086
  announce $missing
  # shellcheck disable=SC2086
  apt_install $missing
}

dnf_need() {
  missing=
  for package in "$@"; do
    rpm -q --whatprovides "$package" >/dev/null 2>&1 || missing="$missing $package"
  done
  if [ -z "$missing" ]; then return 0; fi
  # shellcheck disable=SC2086
  announce $missing
  need_root
  # shellcheck disable=SC2086
  quietly "dnf could not install these packages:$missing." \
    as_root dnf install -y --setopt=install_weak_deps=False $missing
}

brew_need() {
  prefix=$(brew --prefix)
  missing=
  for package in "$@"; do
    [ -e "$prefix/opt/$package" ] || missing="$missing $package"
  done
  PKG_CONFIG_PATH="$prefix/opt/openssl@3/lib/pkgconfig:$prefix/opt/zlib/lib/pkgconfig:$prefix/opt/sqlite/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
  export PKG_CONFIG_PATH
  if [ -z "$missing" ]; then return 0; fi
  # shellcheck disable=SC2086
  announce $missing
  # shellcheck disable=SC2086
  quietly "brew could not install these formulas:$missing." brew install $missing
}
