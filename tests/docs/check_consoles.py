#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types into a shell what the pages' consoles show, and compares what comes.

    check_consoles.py CAPRICORN MODULE BUILD-FOLDER [--only PAGE] [--update]

MODULE holds the wholes of the pages (generate.py), BUILD-FOLDER the examples' modules and the pages'
programs. Each whole is served by a server of its own, whose address stands where the page has
127.0.0.1:8000. --update writes what came into the pages, to be read by whoever wrote them.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import pages  # noqa: E402

ADDRESS = "127.0.0.1:8000"
# At a terminal curl shows no meter of its progress.
PRELUDE = 'curl() { command curl -s "$@"; }\n'
CHANGES = re.compile(r"^(date): .*$", re.M | re.I)  # header lines that no page can foretell


class Server:
    def __init__(self, capricorn, spec, folder, environment):
        # Not a pipe, which somebody would have to read.
        self.log = Path(folder) / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [capricorn, spec, "--port", "0", "--no-use-colors", "--no-access-log"],
                stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment})
        self.address = self.wait_for_address()

    def wait_for_address(self):
        for _ in range(1000):
            found = re.search(r"running on http://([0-9.]+:\d+)", self.log.read_text())
            if found:
                return found[1]
            try:
                self.process.wait(0.02)
                break
            except subprocess.TimeoutExpired:
                pass
        raise SystemExit(f"the server did not start: {self.log.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def line_matches(expected, printed):
    pattern = ".*".join(re.escape(piece) for piece in expected.split("..."))
    return re.fullmatch(pattern, printed) is not None


def matches(expected, printed):
    """A line "..." stands for any lines."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and line_matches(expected[0], printed[0]) and matches(expected[1:],
                                                                              printed[1:])


def run(command, address, folder, build):
    text = command.text.replace(ADDRESS, address)
    done = subprocess.run(["bash", "-c", PRELUDE + text], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd=folder, timeout=60,
                          env={**os.environ, "PATH": f"{build}/tests/docs:{os.environ['PATH']}"})
    output = done.stdout.replace("\r", "").replace(address, ADDRESS)
    return CHANGES.sub(r"\1: ...", output.removesuffix("\n")).split("\n") if output else []


def check(whole, options):
    """What is wrong, and what each command printed."""
    wrong, printed = [], []
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(options.build, f"{folder}/build")  # as if it were the project's folder
        server = None
        if not whole.is_program:
            spec = f"{options.build}/{whole.module}" if whole.module else (
                f"{options.module}:{whole.name}")
            server = Server(options.capricorn, spec, folder, whole.environment)
        for command in whole.commands:
            got = run(command, server.address if server else ADDRESS, folder, options.build)
            printed.append(got)
            if not matches(command.output, got):
                wrong.append(f"{whole.page.relative_to(pages.ROOT)}:{command.line}: $ {command.text}"
                             + "\n  expected:\n    " + "\n    ".join(command.output)
                             + "\n  got:\n    " + "\n    ".join(got))
        if server:
            server.stop()
            if wrong:
                wrong.append(server.log.read_text())
    return wrong, printed


def update(path, results):
    """From the last to the first, so that the numbers of the lines stay right."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for command, printed in sorted(results, key=lambda one: -one[0].line):
        start = command.line - 1 + command.text.count("\n") + 1
        lines[start:start + len(command.output)] = printed
    path.write_text("\n".join(lines), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    for name in ("capricorn", "module", "build"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--only")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    wholes = [whole for path in pages.compiled_pages()
              if options.only in (None, path.stem)
              for whole in pages.read_page(path).wholes if whole.commands]
    failed, commands, results = 0, 0, {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for whole, (wrong, printed) in zip(wholes, pool.map(lambda one: check(one, options), wholes)):
            commands += len(whole.commands)
            results.setdefault(whole.page, []).extend(
                (command, got) for command, got in zip(whole.commands, printed)
                if not matches(command.output, got))
            failed += len(wrong) > 0
            print("\n".join(wrong), end="\n" if wrong else "")
    if options.update:
        for path, changed in results.items():
            update(path, changed)
    print(f"{len(wholes)} samples, {commands} commands, {failed} samples failed")
    return 1 if failed or not wholes else 0


if __name__ == "__main__":
    sys.exit(main())
