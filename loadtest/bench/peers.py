# SPDX-License-Identifier: MIT
"""The servers that are compared: what each can do, how it is built where it has to be, how it is
started. Their programs and configurations are in `peers/`."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .common import LOADTEST, unbuilt

PEERS_DIR = LOADTEST / "peers"
PYTHON = "/usr/bin/python3"  # Debian's, where python3-uvicorn and python3-fastapi are
# Sources that no package has; `fetch-sources` puts them there.
SOURCES = Path(os.environ.get("CAPRICORN_BENCH_SOURCES") or
               Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache",
                    "capricorn-loadtest"))


class Missing(Exception):
    """Why a peer takes no part: the end of a sentence."""


@dataclass
class Place:
    """Where the servers of one run live."""
    build: Path  # capricorn's
    scratch: Path
    certificate: str = ""

    @property
    def programs(self):
        return self.build / "loadtest/peers"

    @property
    def static(self):
        return self.scratch / "static"

    def environment(self):
        return {"BENCH_STATIC": str(self.static)}

    def fill(self, template, words):
        """A configuration with the words in capitals filled in; where it was written."""
        text = (PEERS_DIR / template).read_text()
        words = {"SCRATCH": self.scratch, "STATIC": self.static, **words}
        for word, value in words.items():
            text = re.sub(rf"\b{word}\b", lambda _, value=value: str(value), text)
        path = self.scratch / f"{words['PORT']}-{template}"
        path.write_text(text)
        return str(path)


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout + done.stderr


def version_of(*command):
    text = output_of(*map(str, command))
    found = re.search(r"\d+\.[\w.+-]+", text) if text else None
    return found.group() if found else None


def is_newer(program, sources):
    return program.exists() and all(program.stat().st_mtime > source.stat().st_mtime
                                    for source in sources)


def compile_once(program, sources, commands, environment=()):
    """Runs the commands where a source is newer than the program."""
    if is_newer(program, sources):
        return
    program.parent.mkdir(parents=True, exist_ok=True)
    for command in commands:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              env={**os.environ, **dict(environment)}, check=False)
        if done.returncode:
            program.with_suffix(".log").write_text(done.stdout + done.stderr)
            raise Missing(f"it does not build; {program.with_suffix('.log')} says why")


def compilers():
    """A C and a C++ compiler of one kind."""
    for c, cxx in (("clang-19", "clang++-19"), ("clang", "clang++"), ("gcc", "g++")):
        if shutil.which(cxx) and shutil.which(c):
            return c, cxx
    raise Missing("there is no C++ compiler")


class Peer:
    """One server. `features` is what it can do; scenarios ask for one each."""
    name = ""
    needs = ""  # what has to be installed
    features = frozenset()
    environment = {}  # besides the place's

    def prepare(self, place):
        """Builds what has to be built and returns the version, or raises Missing."""
        raise NotImplementedError

    def command(self, kind, port, place):
        """The server's; kind is http, https or tcp."""
        raise NotImplementedError

    def require(self, version):
        if not version:
            raise Missing(f"it is not installed ({self.needs})")
        return version


class Capricorn(Peer):
    """This build, or another one to be compared with it."""
    name, needs = "capricorn", "capricorn load_application"
    features = frozenset(("plain", "json", "path", "items", "echo", "static", "block", "stream",
                          "websocket", "tls", "tcp", "wide"))

    def __init__(self, name="capricorn", build=None, preload=""):
        self.name, self.build = name, build
        if preload:
            self.environment = {"LD_PRELOAD": preload}

    def prepare(self, place):
        build = self.build or place.build
        if not build.is_dir():
            raise Missing(f"there is no folder {build}")
        version = version_of(build / "capricorn", "--version")
        if not version or unbuilt(build, "load_application"):
            raise Missing(f"it is not built (ninja -C {build} {self.needs})")
        if library := self.environment.get("LD_PRELOAD"):
            self.check_preload(library)
        return version

    @staticmethod
    def check_preload(library):
        """The loader goes on without what it does not find, and so would the comparison."""
        done = subprocess.run(["true"], capture_output=True, text=True, check=False,
                              env={**os.environ, "LD_PRELOAD": library})
        if "cannot be preloaded" in done.stderr:
            raise Missing(f"{library} cannot be preloaded")

    def command(self, kind, port, place):
        build = self.build or place.build
        if kind == "tcp":
            if sentence := unbuilt(build, "loadtest/loop/echo_server"):
                raise RuntimeError(f"its echo server is {sentence}")
            return [build / "loadtest/loop/echo_server", "streams", port]
        secure = ["--ssl-certfile", place.certificate] if kind == "https" else []
        idle = ["--timeout-keep-alive", "75"] if kind == "idle" else []
        return [build / "capricorn", build / "loadtest/peers/capricorn/bench.so", "--port", port,
                "--no-access-log", "--log-level", "warning", "--metrics", *secure, *idle]


class Limit(Peer):
    name, needs = "limit", "a C compiler"
    features = frozenset(("plain", "tcp", "wide"))

    def prepare(self, place):
        compiler = shutil.which("cc")
        self.require(compiler)
        source = PEERS_DIR / "limit/limit.c"
        compile_once(place.programs / "limit", [source],
                     [[compiler, "-O2", "-o", place.programs / "limit", source]])
        return "1"

    def command(self, kind, port, place):
        return [place.programs / "limit", port, *(["echo"] if kind == "tcp" else [])]


class UWebSockets(Peer):
    name, needs = "uwebsockets", "loadtest/fetch-sources"
    features = frozenset(("plain", "json", "path", "echo", "stream", "websocket", "tls", "wide"))

    def prepare(self, place):
        root = SOURCES / "uWebSockets"
        if not (root / "src/App.h").exists():
            raise Missing("its sources are not here (loadtest/fetch-sources fetches them)")
        program, source = place.programs / "uwebsockets", PEERS_DIR / "uwebsockets/server.cpp"
        sockets, (cc, cxx) = root / "uSockets/src", compilers()
        c_files = [*sockets.glob("*.c"), *sockets.glob("eventing/*.c"), *sockets.glob("crypto/*.c")]
        flags = ["-O3", "-flto", "-DLIBUS_USE_OPENSSL", "-DUWS_NO_ZLIB", f"-I{sockets}"]
        objects = place.programs / "uwebsockets.o"
        objects.mkdir(parents=True, exist_ok=True)
        as_c = [[cc, *flags, "-std=c11", "-w", "-c", file, "-o", objects / f"{file.stem}.o"]
                for file in c_files]
        sni = [cxx, *flags, "-std=c++20", "-w", "-c", sockets / "crypto/sni_tree.cpp", "-o",
               objects / "sni_tree.o"]
        link = [cxx, *flags, "-std=c++20", "-w", f"-I{root / 'src'}", source,
                *[objects / f"{file.stem}.o" for file in c_files], objects / "sni_tree.o",
                *(["-fuse-ld=lld"] if "clang" in cxx else []), "-o", program,
                "-lssl", "-lcrypto", "-lpthread"]
        compile_once(program, [source], [*as_c, sni, link])
        return version_of("git", "-C", root, "describe", "--tags") or "unknown"

    def command(self, kind, port, place):
        return [place.programs / "uwebsockets", port,
                *([place.certificate] if kind == "https" else [])]


class Drogon(Peer):
    name, needs = "drogon", "loadtest/fetch-sources, cmake, libjsoncpp-dev, uuid-dev"
    features = frozenset(("plain", "json", "path", "items", "echo", "websocket", "tls", "wide"))
    options = ("-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_STANDARD=20", "-DBUILD_CTL=OFF",
               "-DBUILD_EXAMPLES=OFF", "-DBUILD_ORM=OFF", "-DBUILD_BROTLI=OFF",
               "-DBUILD_YAML_CONFIG=OFF")

    def prepare(self, place):
        root = SOURCES / "drogon"
        if not (root / "lib/inc/drogon/drogon.h").exists():
            raise Missing("its sources are not here (loadtest/fetch-sources fetches them)")
        self.require(shutil.which("cmake"))
        built, (cc, cxx) = root / "build", compilers()
        library = built / "libdrogon.a"
        compile_once(library, [root / "CMakeLists.txt"], [
            ["cmake", "-S", root, "-B", built, *self.options, f"-DCMAKE_C_COMPILER={cc}",
             f"-DCMAKE_CXX_COMPILER={cxx}"],
            ["cmake", "--build", built, "--parallel", "2"]])
        program, source = place.programs / "drogon", PEERS_DIR / "drogon/server.cpp"
        folders = [root / "lib/inc", root / "orm_lib/inc", root / "nosql_lib/redis/inc",
                   root / "trantor", built / "exports", built / "trantor/exports",
                   "/usr/include/jsoncpp"]
        compile_once(program, [source, library], [[
            cxx, "-std=c++20", "-O3", "-w", *[f"-I{folder}" for folder in folders], source,
            library, built / "trantor/libtrantor.a", "-o", program, "-ljsoncpp", "-luuid", "-lz",
            "-lssl", "-lcrypto", "-lpthread", "-ldl"]])
        return version_of("git", "-C", root, "describe", "--tags") or "unknown"

    def command(self, kind, port, place):
        return [place.programs / "drogon", port,
                *([place.certificate] if kind == "https" else [])]


class Hyper(Peer):
    name = "hyper"
    needs = "cargo, librust-hyper-dev, librust-tokio-dev, librust-serde-derive-dev, librust-serde-json-dev"
    features = frozenset(("plain", "json", "path", "items", "echo", "block", "stream", "tcp", "wide"))
    registry = Path("/usr/share/cargo/registry")

    def prepare(self, place):
        found = sorted(self.registry.glob("hyper-[0-9]*"))
        self.require(shutil.which("cargo") and found and any(self.registry.glob("serde_derive-*")))
        crate, program = PEERS_DIR / "hyper", place.programs / "hyper"
        copy = place.programs / "hyper.crate"  # cargo would write Cargo.lock beside the sources
        shutil.copytree(crate, copy, dirs_exist_ok=True)
        debian = ["--config", 'source.crates-io.replace-with="debian"',
                  "--config", f'source.debian.directory="{self.registry}"']
        target = place.programs / "hyper.target"
        compile_once(program, [crate / "src/main.rs", crate / "Cargo.toml"], [
            ["cargo", "build", "--release", "--offline", *debian, "--manifest-path",
             copy / "Cargo.toml", "--target-dir", target],
            ["cp", target / "release/hyper-peer", program]])
        return found[-1].name.partition("-")[2]

    def command(self, kind, port, place):
        return [place.programs / "hyper", port, *(["echo"] if kind == "tcp" else [])]


class H2o(Peer):
    name, needs = "h2o", "h2o"
    features = frozenset(("plain", "json", "static", "tls", "wide"))

    def prepare(self, place):
        return self.require(version_of("h2o", "--version"))

    def command(self, kind, port, place):
        pem = place.certificate
        secure = f"ssl: {{certificate-file: {pem}, key-file: {pem}}}" if kind == "https" else ""
        return ["h2o", "-c", place.fill("h2o.conf", {"PORT": port, "TLS_OPTIONS": secure})]


class Nginx(Peer):
    name, needs = "nginx", "nginx-light"
    features = frozenset(("plain", "json", "path", "static", "tls", "wide"))

    def prepare(self, place):
        return self.require(version_of("nginx", "-v"))

    def command(self, kind, port, place):
        pem = place.certificate
        secure = (f"ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {pem}; "
                  f"ssl_certificate_key {pem};") if kind == "https" else ""
        words = {"PORT": port, "LISTEN_OPTIONS": "ssl" if secure else "", "TLS_OPTIONS": secure}
        return ["nginx", "-e", "stderr", "-p", place.scratch, "-c", place.fill("nginx.conf", words)]


class HAProxy(Peer):
    name, needs = "haproxy", "haproxy"
    features = frozenset(("plain", "json", "tls"))

    def prepare(self, place):
        return self.require(version_of("haproxy", "-v"))

    def command(self, kind, port, place):
        secure = f"ssl crt {place.certificate}" if kind == "https" else ""
        return ["haproxy", "-db", "-f",
                place.fill("haproxy.cfg", {"PORT": port, "TLS_OPTIONS": secure})]


class Beast(Peer):
    name, needs = "beast", "libboost-dev"
    features = frozenset(("plain", "json", "path", "echo", "static", "websocket", "tcp", "wide"))

    def prepare(self, place):
        header = Path("/usr/include/boost/version.hpp")
        self.require(header.exists())
        program, source = place.programs / "beast", PEERS_DIR / "beast/server.cpp"
        compile_once(program, [source], [[
            compilers()[1], "-std=c++20", "-O2", "-w", "-DBOOST_ASIO_HAS_CO_AWAIT",
            "-DBOOST_ASIO_HAS_STD_COROUTINE", source, "-o", program, "-lpthread"]])
        return re.search(r'LIB_VERSION "([^"]+)"', header.read_text()).group(1).replace("_", ".")

    def command(self, kind, port, place):
        return [place.programs / "beast", port, *(["echo"] if kind == "tcp" else [])]


class Bun(Peer):
    name, needs = "bun", "npm install --global bun"
    features = frozenset(("plain", "json", "path", "items", "echo", "static", "block", "stream",
                          "websocket", "tls", "wide"))

    def prepare(self, place):
        return self.require(version_of("bun", "--version"))

    def command(self, kind, port, place):
        return ["bun", PEERS_DIR / "bun.js", port,
                *([place.certificate] if kind == "https" else [])]


class Node(Peer):
    name, needs = "node", "nodejs"
    features = frozenset(("plain", "json", "path", "items", "echo", "static", "stream", "tls",
                          "wide"))

    def prepare(self, place):
        return self.require(version_of("node", "--version"))

    def command(self, kind, port, place):
        return ["node", PEERS_DIR / "node.js", port,
                *([place.certificate] if kind == "https" else [])]


class Go(Peer):
    name, needs = "go", "golang-go"
    features = frozenset(("plain", "json", "path", "items", "echo", "static", "block", "stream",
                          "tls", "tcp", "wide"))

    def prepare(self, place):
        version = self.require(version_of("go", "version"))
        program, source = place.programs / "go", PEERS_DIR / "go/main.go"
        compile_once(program, [source], [["go", "build", "-o", program, source]],
                     {"GO111MODULE": "off", "GOFLAGS": ""})
        return version

    def command(self, kind, port, place):
        more = {"https": [place.certificate], "tcp": ["echo"]}
        return [place.programs / "go", port, *more.get(kind, [])]


class Uvicorn(Peer):
    name, needs, module, more = "uvicorn", "python3-uvicorn", "uvicorn_app", ()
    features = frozenset(("plain", "json", "path", "echo", "block", "stream", "websocket", "tls",
                          "wide"))

    def prepare(self, place):
        library = self.needs.removeprefix("python3-")
        code = f"import uvicorn, {library}; print({library}.__version__)"
        return self.require(version_of(PYTHON, "-c", code))

    def command(self, kind, port, place):
        pem = place.certificate
        secure = ["--ssl-certfile", pem, "--ssl-keyfile", pem] if kind == "https" else []
        return [PYTHON, "-m", "uvicorn", f"{self.module}:app", "--app-dir", PEERS_DIR, "--port",
                port, "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "75",
                *self.more, *secure]


class UvicornAsyncio(Uvicorn):
    """All of it Python."""
    name, more = "uvicorn-asyncio", ("--loop", "asyncio", "--http", "h11")


class FastAPI(Uvicorn):
    name, needs, module = "fastapi", "python3-fastapi", "fastapi_app"
    features = Uvicorn.features | {"items", "static"}


class PythonLoop(Peer):
    """An echo server by streams, as asyncio's documentation has it."""
    features = frozenset(("tcp",))

    def __init__(self, name, needs):
        self.name, self.needs = name, needs

    def prepare(self, place):
        code = f"import sys, {self.name}; print(getattr({self.name}, '__version__', sys.version))"
        return self.require(version_of(PYTHON, "-c", code))

    def command(self, kind, port, place):
        return [PYTHON, "-B", LOADTEST / "loop/echo_server.py", self.name, "streams", port]


PEERS = {peer.name: peer for peer in (
    Capricorn(), Limit(), UWebSockets(), Hyper(), Drogon(), H2o(), Nginx(), HAProxy(), Beast(),
    Bun(), Go(), Node(), Uvicorn(), UvicornAsyncio(), FastAPI(), PythonLoop("asyncio", "python3"),
    PythonLoop("uvloop", "python3-uvloop"))}

RARE = ("uvicorn-asyncio",)  # only where they are asked for


def add_builds(text):
    """Makes peers of other builds: FOLDER or FOLDER:LIBRARY, the library to be preloaded. Returns
    their names: the last of the folder's path that no other peer has."""
    names = []
    for part in text.split(","):
        folder, _, library = part.partition(":")
        path = Path(folder).resolve()
        name = "+".join([path.name, *([library.split(".")[0]] if library else [])])
        for around in path.parents:  # until no other has the name: before-build
            if name not in PEERS:
                break
            name = f"{around.name}-{name}"
        PEERS[name] = Capricorn(name, path, library)
        names.append(name)
    return names


# What a scenario asks for, and what is said of a peer without it.
LACKS = {
    "plain": "it serves no HTTP",
    "json": "it has no JSON",
    "path": "it has no routes with parameters",
    "items": "it reads no JSON",
    "echo": "it cannot echo a body",
    "static": "it serves no files",
    "block": "it has no pool of threads for functions that block",
    "stream": "it streams nothing",
    "websocket": "it has no WebSocket of its own",
    "tls": "its server here has no TLS",
    "tcp": "it has no plain TCP",
    "wide": "it would need more than the 20 000 descriptors of a process",
}
