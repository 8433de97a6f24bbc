# SPDX-License-Identifier: MIT
"""What ./dev says to commands that cannot be: in a sentence, before anything is installed or built."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

DEV = Path(__file__).resolve().parent.parent / "dev"


class Dev(unittest.TestCase):
    def check(self, sentence, *arguments, **environment):
        done = subprocess.run([DEV, *arguments], capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL, env={**os.environ, "CXX": "", **environment})
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertTrue(done.stderr.startswith(f"dev: {sentence}"), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_alone_it_prints_the_commands(self):
        done = subprocess.run([DEV], capture_output=True, text=True, check=True, timeout=60)
        self.assertTrue(done.stdout.startswith("usage: ./dev COMMAND"))
        self.assertEqual(done.stderr, "")

    def test_refuses_what_it_does_not_know(self):
        self.check('there is no command "foo"', "foo")
        self.check('there is no command "foo"', "help", "foo")
        self.check("setup takes no arguments", "setup", "clang")
        self.check('bench knows no "lop"', "bench", "lop")
        self.check('fmt knows no "loop"', "fmt", "--check", "loop")
        self.check('there is no fuzzer "nothing"', "fuzz", "1", "nothing")
        self.check('expected a number of seconds, but got "1m"', "fuzz", "1m")
        self.check('expected a number of seconds, but got "0"', "fuzz", "0")

    def test_each_command_says_more(self):
        commands = re.search(r"^  (setup \| .*)\)$", DEV.read_text(), re.M).group(1).split(" | ")
        self.assertIn("bench", commands)
        for command in commands:
            done = subprocess.run([DEV, command, "--help"], capture_output=True, text=True, check=True, timeout=60)
            self.assertTrue(done.stdout.startswith(f"usage: ./dev {command}"), done.stdout)

    def test_works_from_any_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([DEV, "fuzz", "1", "nothing"], cwd=folder, capture_output=True, text=True,
                                  check=False, timeout=60)
            self.assertEqual((done.returncode, done.stderr),
                             (1, 'dev: there is no fuzzer "nothing" in tests/fuzz/.\n'))

    def test_names_the_applications_that_there_are(self):
        self.check('there is no application "blog" in examples/; there are: bigger chat demo ', "run", "blog")

    def test_a_test_that_is_not_there_is_no_success(self):
        functions = re.search(r"^say\(\).*?^have\(\)[^\n]*\n", DEV.read_text(), re.M | re.S).group()
        functions += f". {DEV.parent}/tools/build.sh"
        with tempfile.TemporaryDirectory() as folder:
            meson = Path(folder, "meson")
            meson.write_text("#!/bin/sh\necho No suitable tests defined.\n")
            meson.chmod(0o755)
            done = subprocess.run(["sh", "-c", f"{functions}\nrun_tests {folder} nothing"], check=False,
                                  capture_output=True, text=True,
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        self.assertEqual((done.returncode, done.stderr),
                         (1, "dev: no test is called so: ./dev test --list prints their names.\n"))

    def test_a_compiler_that_will_not_do_costs_no_build(self):
        for command in ("setup", "run", "test"):
            self.check('CXX names "no-such-c++", which is not installed.', command, CXX="no-such-c++")
            self.check('CXX names "false", which is of version unknown', command, CXX="ccache false")
            self.check('CXX names "false", which is', command, CXX="distcc false -stdlib=libc++")


if __name__ == "__main__":
    unittest.main()
