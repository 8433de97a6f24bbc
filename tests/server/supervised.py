# SPDX-License-Identifier: MIT
"""A server under a supervisor, its clients, and the systemd that it tells, for tests that are run with
CAPRICORN DEMO_SO."""
import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

CAPRICORN, DEMO = sys.argv[1:3]
SANITIZED = b"__asan_init" in Path(CAPRICORN).read_bytes()
PATIENCE = 60  # seconds, for a machine that has much else to do
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a server that nohup started keeps ignoring it


def eventually(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


class Supervisor:
    """CAPRICORN with these options until the end of the block; `log` is what it has said."""

    def __init__(self, *options, app=DEMO, environment=None, workers=2, before=()):
        self.log, self.port, self.workers = "", None, workers
        self.logs_to_file = "--log-file" in options
        # Without an application here the file of the configuration names it, and the address. One in
        # the environment leaves what that file binds.
        command = [*before, CAPRICORN, *([app] if app else []), "--no-access-log", *options]
        if workers:
            command += ["--workers", str(workers)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                                        env=os.environ | ({"PORT": "0"} if app else {}) |
                                        (environment or {}))
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.log += line

    def __enter__(self):
        # Each worker tells each of its sockets, and is done with them then.
        eventually("it serves", lambda: self.log.count("running on") >= max(self.workers, 1)
                   or self.logs_to_file
                   or self.process.poll() is not None)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", self.log):
            self.port = int(found.group(1))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.code = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            # What a hand-over started has the same standard error.
            for pid in self.all_pids():
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
        self.reader.join()
        self.process.stderr.close()

    def signal(self, number):
        self.process.send_signal(number)

    def all_pids(self):
        return [int(pid) for pid in re.findall(r"Started (?:server|parent) process \[(\d+)\]", self.log)]

    def pids(self):
        """Those who serve, as the system has them."""
        return children(self.process.pid)

    def said(self, text, times=1):
        eventually(f"{text!r} in\n{self.log}", lambda: self.log.count(text) >= times)


def children(pid):
    try:
        return {int(child) for child in
                Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except FileNotFoundError:
        return set()


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def get(port, path="/plain"):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, body


class Load:
    """Clients that ask again and again, keeping their connections as long as they may."""

    def __init__(self, port, clients=4):
        self.port, self.failures, self.answers, self.ended = port, [], 0, False
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        eventually("answers", lambda: self.answers > 20 or self.failures)
        return self

    def __exit__(self, *_):
        seen = self.answers
        eventually("answers after it all", lambda: self.answers > seen + 20 or self.failures)
        self.ended = True
        for thread in self.threads:
            thread.join()

    def ask(self):
        client = None
        while not self.ended:
            try:
                if client is None:
                    client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                client.request("GET", "/plain")
                answer = client.getresponse()
                body = answer.read()
                if (answer.status, body) != (200, b"Hello, World!"):
                    self.failures.append(f"{answer.status} {body!r}")
                if answer.will_close:
                    client.close()
                    client = None
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                client.close()
                client = None
        if client:
            client.close()


class Arrivals:
    """New connections, one after the other, until there is nobody who takes them."""

    def __init__(self, port):
        self.port, self.failures, self.refused, self.ended = port, [], 0, False
        self.thread = threading.Thread(target=self.ask)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()

    def ask(self):
        while not self.ended and not self.refused:
            try:
                get(self.port)
            except ConnectionRefusedError:
                self.refused += 1
            except (http.client.HTTPException, OSError) as error:
                self.failures.append(repr(error))


def connect(address):
    client = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    client.settimeout(PATIENCE)
    try:
        client.connect(address)
    except OSError:
        client.close()
        raise
    return client


def refused(address):
    try:
        connect(address).close()
    except ConnectionRefusedError:
        return True
    return False


def free_ports(count):
    """Free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Systemd:
    """What it is told, of whom; it watches the process that `starts` begins."""

    starts = ("/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(path)
        self.socket.settimeout(PATIENCE)
        self.environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}
        self.told, self.told_by = "", {}
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.folder.cleanup()

    def hears(self, text, times=1, of=None):
        while (self.told if of is None else self.told_by.get(of, "")).count(text) < times:
            message, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
            teller, _, _ = struct.unpack("3i", ancillary[0][2])
            self.told += message.decode() + "\n"
            self.told_by[teller] = self.told_by.get(teller, "") + message.decode() + "\n"
