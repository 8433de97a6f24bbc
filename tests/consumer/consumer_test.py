#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An installation as its users have it: a module and a program are built against it by pkg-config and
make, CMake and Meson, and answer; and Meson's subproject.

usage: consumer_test.py BUILD_FOLDER COMPILER..."""
import http.client
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv[1])
COMPILER = sys.argv[2:]
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FLAGS = "-O0 -Wall -Wextra -Wpedantic -Werror"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Server:
    """A command that serves on a free port, until the end of the block."""

    def __init__(self, *command, env=None):
        self.command = [str(part) for part in command]
        self.env = env

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, env=self.env)
        told = []
        for line in self.process.stderr:
            told.append(line)
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                return self
        raise AssertionError("it did not start: " + "".join(told))

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="capricorn-consumer-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        stage = cls.folder / "stage"
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", stage)
        cls.prefix = next(stage.rglob("include/capricorn/capricorn.hpp")).parents[2]
        cls.pkgconfig = next(cls.prefix.rglob("capricorn.pc")).parent
        for package in cls.pkgconfig.glob("*.pc"):  # as an installation with this prefix has it
            text = re.sub("^prefix=.*", f"prefix={cls.prefix}", package.read_text(), flags=re.M)
            package.write_text(text)
        cls.environment = {**os.environ, "CXX": " ".join(COMPILER), "CXXFLAGS": FLAGS,
                           "PKG_CONFIG_PATH": str(cls.pkgconfig)}

    def project(self, name, place=None):
        """A copy of one of the projects, where nothing of ours is near."""
        place = self.folder / (place or name)
        place.mkdir()
        shutil.copytree(HERE / name, place / name)
        for source in ("hello.cpp", "program.cpp"):
            shutil.copy(HERE / source, place)
        return place / name

    def check(self, folder):
        self.check_module(folder)
        with Server(folder / "program", "--port", "0") as server:
            self.assertEqual(server.get("/next/41"), "42")

    def check_module(self, folder):
        command = (self.prefix / "bin/capricorn", folder / "hello.so", "--port", "0")
        with Server(*command) as server:
            self.assertEqual(server.get("/hello/Ada"), '{"message":"hello Ada"}')

    def test_capricorn_dev(self):
        command = (self.prefix / "bin/capricorn", "dev", HERE / "hello.cpp", "--port", "0")
        with Server(*command, env={**os.environ, "XDG_CACHE_HOME": str(self.folder)}) as server:
            self.assertEqual(server.get("/hello/Ada"), '{"message":"hello Ada"}')

    def new(self, *arguments):
        return subprocess.run([self.prefix / "bin/capricorn", "new", *arguments], cwd=self.folder,
                              capture_output=True, text=True)

    def test_a_new_project_by_meson(self):
        self.assertEqual(self.new("fresh").returncode, 0)
        folder = self.folder / "fresh"
        run("meson", "setup", "-Doptimization=0", folder / "build", folder, env=self.environment)
        run("ninja", "-C", folder / "build", "test", env=self.environment)
        with Server(self.prefix / "bin/capricorn", folder / "build/fresh.so", "--port", "0") as server:
            self.assertEqual(server.get("/hello/Ada"), '{"message":"Hello Ada."}')

    @unittest.skipUnless(shutil.which("cmake"), "CMake is not installed")
    def test_a_new_project_by_cmake(self):
        self.assertEqual(self.new("by-cmake/").returncode, 0)
        folder = self.folder / "by-cmake"
        self.cmake(folder)
        run("ctest", "--test-dir", folder / "build", "--no-tests=error")
        command = (self.prefix / "bin/capricorn", folder / "build/by-cmake.so", "--port", "0")
        with Server(*command) as server:
            self.assertIn('"title":"by-cmake"', server.get("/openapi.json"))

    def test_a_new_project_overwrites_nothing(self):
        folder = self.folder / "taken"
        folder.mkdir()
        (folder / "notes").write_text("mine")
        refused = self.new("taken")
        self.assertEqual((refused.returncode, refused.stderr),
                         (1, "Error: 'taken' is there and not empty: nothing was written.\n"))
        self.assertEqual([path.name for path in folder.iterdir()], ["notes"])
        for name in ("test", "all", "app_test"):  # nobody could build them
            self.assertIn(f"'{name}' is a target of", self.new(name).stderr)
            self.assertFalse((self.folder / name).exists())
        for name in ("", "1st", "a b", "--fast", ".."):
            self.assertEqual(self.new(name).returncode, 1, name)

    def test_pkg_config_and_make(self):
        folder = self.project("pkgconfig")
        run("make", "-C", folder, env=self.environment)
        self.check(folder)

    def test_an_llhttp_that_lets_requests_be_smuggled_is_refused(self):
        folder = self.folder / "old-llhttp"
        folder.mkdir()
        (folder / "libllhttp.pc").write_text("Name: libllhttp\nDescription: as Debian 12 has it\n"
                                             "Version: 8.1.0\nLibs: -lllhttp\n")
        environment = {**self.environment,
                       "PKG_CONFIG_PATH": f"{folder}:{self.environment['PKG_CONFIG_PATH']}"}
        done = subprocess.run(["pkg-config", "--libs", "capricorn"], env=environment, check=False,
                              capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("libllhttp >= 9.2", done.stderr)

    @unittest.skipUnless(shutil.which("cmake"), "CMake is not installed")
    def test_cmake(self):
        folder = self.project("cmake")
        self.cmake(folder)
        self.check(folder / "build")

    def cmake(self, folder):
        launcher = [f"-DCMAKE_CXX_COMPILER_LAUNCHER={COMPILER[0]}"] if len(COMPILER) > 1 else []
        environment = {**self.environment, "CXX": COMPILER[-1]}
        del environment["PKG_CONFIG_PATH"]  # CMake's package needs none of ours
        run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Debug", *launcher, env=environment)
        run("cmake", "--build", folder / "build", env=environment)

    def test_meson(self):
        folder = self.project("meson")
        run("meson", "setup", folder / "build", folder, env=self.environment)
        run("ninja", "-C", folder / "build", env=self.environment)
        self.check(folder / "build")

    def test_meson_subproject(self):
        folder = self.project("meson", place="subproject")
        (folder / "subprojects").mkdir()
        (folder / "subprojects" / "capricorn").symlink_to(ROOT)
        environment = {**self.environment, "PKG_CONFIG_PATH": ""}
        run("meson", "setup", folder / "build", folder, "-Dmodule_only=true",
            "--force-fallback-for=capricorn,capricorn-module", env=environment)
        run("ninja", "-C", folder / "build", "hello.so", env=environment)
        self.check_module(folder / "build")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
