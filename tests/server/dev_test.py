#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`capricorn dev`: what is saved is served; what does not compile is told, and the former goes on.

usage: dev_test.py CAPRICORN CACHE_FOLDER"""
import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

CAPRICORN = os.path.abspath(sys.argv[1])
CACHE = os.path.abspath(sys.argv[2])
HTML = {"accept": "text/html,application/xhtml+xml"}
PATIENCE = 90  # seconds: a compiler on a busy machine

APP = """#include <capricorn/capricorn.hpp>
#include "greeting.hpp"
capricorn::App make_app() {
  capricorn::App app;
  app.get("/", []() -> capricorn::Task<capricorn::Response> {
    co_return capricorn::PlainTextResponse(kGreeting);
  });
  return app;
}
CAPRICORN_APP(make_app)
"""


def greeting(text):
    return f'inline constexpr const char* kGreeting = "{text}";\n'


class Project:
    """A folder with app.cpp and greeting.hpp, and `capricorn dev` in it until the end of the block."""

    def __init__(self, app=APP, greeting_text="one"):
        self.folder = tempfile.TemporaryDirectory()
        self.write("app.cpp", app)
        self.write("greeting.hpp", greeting(greeting_text))

    def write(self, name, text):
        path = pathlib.Path(self.folder.name, name)
        fresh = path.with_suffix(".fresh")  # as editors save
        fresh.write_text(text)
        fresh.rename(path)

    def __enter__(self):
        self.process = subprocess.Popen(
            [CAPRICORN, "dev", "app.cpp", "--port", "0"], cwd=self.folder.name, text=True,
            env={**os.environ, "XDG_CACHE_HOME": CACHE}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.log, self.told = [], threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        self.port = int(self.wait_for(r"running on http://127\.0\.0\.1:(\d+)").group(1))
        return self

    def read(self):
        for line in self.process.stderr:
            with self.told:
                self.log.append(line)
                self.told.notify_all()

    def wait_for(self, pattern, after=0):
        """The match in a line that is told; `after` so many lines."""
        found = None

        def search():
            nonlocal found
            found = re.search(pattern, "".join(self.log[after:]))
            return found

        with self.told:
            if not self.told.wait_for(search, PATIENCE):
                raise AssertionError(f"{pattern} was not told in:\n" + "".join(self.log))
        return found

    def get(self, headers={}):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/", headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def wait_until(self, expected, headers={}):
        """Until an answer is so; returns all that came before."""
        end, before = time.monotonic() + PATIENCE, []
        while (answer := self.get(headers)) != expected:
            if time.monotonic() > end:
                raise AssertionError(f"{expected} did not come, but {answer}\n" + "".join(self.log))
            before.append(answer)
            time.sleep(0.02)  # the compiler needs the processor
        return before

    def wait_for_text(self, text, headers={}):
        """Until an answer has it: whose worker has told of it in the log may not serve yet."""
        end = time.monotonic() + PATIENCE
        while text not in (answer := self.get(headers)[1]):
            if time.monotonic() > end:
                raise AssertionError(f"{text} did not come, but {answer}")
            time.sleep(0.02)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.code = self.process.wait(30)
        self.reader.join()
        self.process.stderr.close()
        self.folder.cleanup()


class Dev(unittest.TestCase):
    def test_what_is_saved_is_served_and_what_does_not_compile_is_told(self):
        with Project() as project:
            self.assertEqual(project.get(), (200, "one"))

            project.write("greeting.hpp", greeting("two"))  # app.cpp only includes it
            before = project.wait_until((200, "two"))
            self.assertEqual(set(before) - {(200, "one")}, set(), "a request failed")

            lines = len(project.log)
            project.write("greeting.hpp", "constexpr int <kGreeting>;\n")
            project.wait_for("'app.cpp' does not compile: the former build goes on", lines)
            project.wait_for(r"greeting\.hpp:1:15: .*error", lines)
            self.assertEqual(project.get(), (200, "two"))
            status, page = project.get(HTML)
            self.assertEqual(status, 500)
            self.assertIn("<h1>app.cpp does not compile</h1>", page)
            self.assertIn("constexpr int &lt;kGreeting&gt;", page)
            self.assertNotIn("\x1b", page + "".join(project.log))

            project.write("greeting.hpp", greeting("three"))
            before = project.wait_until((200, "three"), HTML)
            self.assertEqual({code for code, _ in before} - {500}, set(), "the former page was shown")
            before = project.wait_until((200, "three"))
            self.assertEqual(set(before) - {(200, "two")}, set(), "a request failed")
        self.assertEqual(project.code, 0)
        self.assertEqual(list(pathlib.Path(CACHE, "capricorn").glob("session-*")), [])

    def test_a_first_build_that_fails_is_shown_until_it_is_mended(self):
        with Project(app=APP.replace("CAPRICORN_APP(make_app)", "")) as project:
            status, text = project.get()
            self.assertEqual(status, 500)
            self.assertIn("app.cpp has no CAPRICORN_APP.", text)
            needs_library = APP.replace("capricorn::App", "int pick(int);\ncapricorn::App", 1).replace(
                "co_return", "pick(1);\n    co_return")
            project.write("app.cpp", needs_library)
            project.wait_for(r"app\.cpp uses pick\(int\), which it is not linked with")
            project.wait_for_text("// capricorn: ldflags -lNAME")
            lines = len(project.log)
            project.write("app.cpp", "// capricorn: pkg-config no-such-library\n" + APP)
            project.wait_for("waiting for a change", lines)
            project.wait_for_text("no-such-library", HTML)
            lines = len(project.log)
            project.write("app.cpp", APP.replace("greeting.hpp", "later.hpp"))
            project.wait_for("waiting for a change", lines)
            project.write("later.hpp", greeting("late"))  # nothing but the missing header comes
            project.wait_until((200, "late"))
        self.assertEqual(project.code, 0)

    def refused(self, *arguments, **environment):
        done = subprocess.run([CAPRICORN, "dev", *arguments], capture_output=True, text=True,
                              cwd="/", env={**os.environ, "XDG_CACHE_HOME": CACHE, **environment})
        return done.returncode, done.stderr

    def test_mistakes_are_sentences(self):
        code, text = self.refused("no-such.cpp")
        self.assertEqual((code, text),
                         (1, "Error: cannot read 'no-such.cpp': No such file or directory.\n"))
        code, text = self.refused(".")
        self.assertEqual((code, text), (1, "Error: expected a source file, FILE.cpp, got '.'.\n"))
        code, text = self.refused()
        self.assertEqual(code, 1)
        self.assertIn("expected FILE.cpp; there is no main.cpp", text)
        code, text = self.refused("no-such.cpp", "--cxxflags")
        self.assertEqual((code, text), (1, "Error: --cxxflags: expected flags after it.\n"))
        code, text = self.refused("no-such.cpp", "--portt", "1")
        self.assertEqual(code, 1)
        self.assertIn("No such option: --portt", text)
        project = Project()
        code, text = self.refused(project.folder.name + "/app.cpp", CXX="no-such-compiler")
        project.folder.cleanup()
        self.assertEqual(code, 1)
        self.assertRegex(text, "cannot find the compiler 'no-such-compiler' that CXX names.* "
                               "install it")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
