# SPDX-License-Identifier: MIT
"""Counts the instructions of a request under callgrind and compares them with those that are kept.

The server is the one that is shipped, with the demo application. A client asks one request after the
other on one connection, in batches; before each batch it asks for /nocontent, whose handler makes
callgrind write down what was counted so far. The least of several batches is taken, as a tick of the
server's clock may fall into one. That holds on a machine that does other things as well: the figures
of two runs differ by less than one in a hundred. --profile says which functions they were of."""
import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from callgrind_profile import profile

KEPT = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.05
SKIPPED = 77
REQUESTS, BATCHES, PIPELINE = 320, 4, 16
BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-US,en;q=0.7,de;q=0.3", "Accept-Encoding: gzip, deflate, br, zstd",
    "Cookie: session=5f2b1c0a9d8e47c6b3a1f0e2d4c5b6a7; theme=dark", "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin", "Upgrade-Insecure-Requests: 1")
ITEM = b'{"name":"A lamp of brushed brass","price":129.5,"note":"' + b"n" * 900 + b'"}'


def request(path, fields=(), body=b""):
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: localhost", *fields]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


MARK = request("/nocontent")
SCRIPT = {  # name: (the bytes of each write, by turns; how many requests one is)
    "plaintext": ([request("/plain")], 1),
    "pipelined": ([request("/plain") * PIPELINE], PIPELINE),
    "json": ([request("/json")], 1),
    "path": ([request("/users/7")], 1),
    "items": ([request("/items", body=ITEM)], 1),
    "headers": ([request("/plain", BROWSER)], 1),
    # Those of earlier requests are remembered; here none has the fields of another.
    "new-headers": ([request("/plain", [*BROWSER, f"X-Turn: {turn}"]) for turn in range(100, 500)],
                    1),
}


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.rest = b""

    def ask(self, data, answers):
        self.socket.sendall(data)
        for _ in range(answers):
            self.read_answer()

    def read_answer(self):
        while (end := self.rest.find(b"\r\n\r\n")) < 0:
            self.receive()
        head = self.rest[:end + 4]
        assert head.startswith(b"HTTP/1.1 20"), head
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = len(head) + (int(length.group(1)) if length else 0)
        while len(self.rest) < size:
            self.receive()
        self.rest = self.rest[size:]

    def receive(self):
        data = self.socket.recv(65536)
        assert data, "the server closed the connection"
        self.rest += data


def run_script(client):
    """Batch after batch, each behind a mark; returns the names in their order."""
    order = []
    for name in [*SCRIPT, "mark"] * BATCHES:
        client.ask(MARK, 1)
        order.append(name)
        if name != "mark":
            writes, requests = SCRIPT[name]
            for data in islice(cycle(writes), REQUESTS // requests):
                client.ask(data, requests)
    client.ask(MARK, 1)
    return order


def dumps_of(folder):
    """The files that callgrind wrote at the marks, in order."""
    return sorted(folder.glob("out.*"), key=lambda path: int(path.suffix[1:]))


def counted(dumps):
    """The instructions between one mark and the next."""
    found = (re.search(r"^summary: (\d+)", path.read_text(errors="replace"), re.MULTILINE)
             for path in dumps)
    return [int(summary.group(1)) for summary in found]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(capricorn, demo, port, folder):
    return subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--dump-before=*no_content()",
         f"--callgrind-out-file={folder}/out", capricorn, demo, "--port", str(port),
         "--no-access-log", "--log-level", "warning", "--metrics", "--watchdog-timeout", "0"],
        stdout=subprocess.DEVNULL, stderr=open(folder / "log", "wb"))


def connect(process, port, log):
    import time  # pylint: disable=import-outside-toplevel
    while process.poll() is None:
        try:
            return Client(port)
        except OSError:
            time.sleep(0.05)
    sys.exit(f"the server did not start: {log.read_text()}")


def measure(capricorn, demo, profiled=""):
    """Name → instructions of one request. Prints where those of the profiled one went."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        process = start(capricorn, demo, port, folder)
        try:
            order = run_script(connect(process, port, folder / "log"))
        finally:
            process.terminate()
            process.wait(60)
        dumps = dumps_of(folder)
        parts = counted(dumps)
        if profiled:
            print_profile(profile(dumps, order.index(profiled) + 1))
    if len(parts) < len(order) + 1:
        sys.exit(f"{len(order) + 1} marks were asked for, and callgrind saw {len(parts)}: "
                 "is the demo's handler of /nocontent still called no_content?")
    least = {}
    for name, instructions in zip(order, parts[1:]):
        least[name] = min(least.get(name, instructions), instructions)
    mark = least.pop("mark")
    return {name: round((value - mark) / REQUESTS) for name, value in least.items()}


def print_profile(functions):
    for name, instructions in functions.most_common(40):
        print(f"{instructions / REQUESTS:8.0f}  {name[:150]}")
    print(f"{functions.total() / REQUESTS:8.0f}  in all")


def compare(found, kept):
    """Prints the table; true where nothing has grown beyond the tolerance."""
    good = True
    for name, instructions in found.items():
        before = kept.get(name, 0)
        change = instructions / before - 1 if before else 0.0
        grown = before == 0 or change > TOLERANCE
        good = good and not grown
        note = "more than is allowed" if grown else "renew it" if change < -TOLERANCE else ""
        print(f"{name:10} {instructions:7} instructions, {before:7} kept  {change:+7.1%}  {note}")
    return good


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", metavar="BUILD-FOLDER", help="./dev bench instructions names it itself")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--update", action="store_true", help="keep what is counted")
    one.add_argument("--profile", default="", choices=SCRIPT, metavar="NAME",
                     help="say which functions they are of: " + ", ".join(SCRIPT))
    options = parser.parse_args()
    return options.build, options.update, options.profile


def main():
    folder, update, profiled = parse_options()
    build = Path(folder, "tests/performance/build.txt").read_text().strip()
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return SKIPPED
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if build not in kept and not update and not profiled:
        print(f"skipped: no figures are kept for {build!r}; --update keeps them")
        return SKIPPED
    found = measure(f"{folder}/capricorn", f"{folder}/examples/demo/demo.so", profiled)
    if update:
        kept[build] = found
        KEPT.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
        print(f"kept for {build}: {found}")
        return 0
    if compare(found, kept.get(build, {})) or profiled:
        return 0
    print("If that is meant: ./dev bench instructions --update")
    return 1


if __name__ == "__main__":
    sys.exit(main())
