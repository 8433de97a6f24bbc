#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile clients against the demo, on real sockets, all at once.

Each is cut within its deadline plus a second, a healthy request beside them is answered within a
second, and at the end the server has as many descriptors as before and about as much memory."""
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HEADERS, BODY_IDLE, BODY, UNREAD, KEEP_ALIVE, LINGERING = 1.0, 1.0, 2.0, 1.0, 1.0, 1.0
SLACK = 1.7  # the sweep's second, and a busy machine
MIB = 1 << 20


class Server:
    def __init__(self):
        options = {
            "host": "127.0.0.1", "port": 0, "log-level": "info",
            "timeout-headers": HEADERS, "timeout-body-idle": BODY_IDLE, "timeout-body": BODY,
            "timeout-unread-response": UNREAD, "timeout-keep-alive": KEEP_ALIVE,
            "timeout-lingering": LINGERING,
        }
        command = [os.environ["CAPRICORN_BINARY"], os.environ["DEMO_SO"], "--no-access-log"]
        for name, value in options.items():
            command += ["--" + name, str(value)]
        self.log = open("/dev/null", "w")
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=self.log, text=True)
        for line in self.process.stderr:
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                break
        # Each refusal is a line: nobody may have to wait for a full pipe.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def connect(self, receive_buffer=0):
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(10)
        client.connect(("127.0.0.1", self.port))
        return client

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except FileNotFoundError:
            return 0  # no /proc on this system

    def resident_kib(self):
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
        except FileNotFoundError:
            return 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "never"


def read_all(client):
    """Until the server closes; what came, and whether by a reset."""
    answer = b""
    try:
        while piece := client.recv(65536):
            answer += piece
    except ConnectionResetError:
        return answer, True
    return answer, False


def expect(condition, sentence):
    if not condition:
        raise AssertionError(sentence)


def wait_for_end(clients, deadline, what, answer=b""):
    """All are closed by the server within the deadline; each got such an answer."""
    start = time.monotonic()
    for client in clients:
        got, reset = read_all(client)
        expect(got.startswith(answer) if answer else got == b"", f"{what}: got {got[:80]!r}")
        expect(not reset, f"{what}: reset in its face")
        if answer.startswith(b"HTTP/1.1 4"):
            head = got.split(b"\r\n\r\n")[0].lower()
            expect(b"\r\ndate: " in head and b"\r\nconnection: close" in head, f"{what}: {head!r}")
        client.close()
    took = time.monotonic() - start
    expect(took < deadline + SLACK, f"{what}: cut after {took:.1f} s")


def silent(server):
    wait_for_end([server.connect() for _ in range(300)], HEADERS, "says nothing")


def idle_behind_a_request(server):
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
        expect(client.recv(4096).endswith(b"Hello, World!"), "no answer before idling")
    wait_for_end(clients, KEEP_ALIVE, "idles")


def trickle(server, start, seconds, what):
    """A byte every tenth of a second, until something comes back."""
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.sendall(start)
    begin = time.monotonic()
    while time.monotonic() - begin < seconds + SLACK:
        readable, _, _ = select.select(clients, [], [], 0.1)
        if len(readable) == len(clients):
            break
        for client in set(clients) - set(readable):
            client.send(b"a")
    took = time.monotonic() - begin
    expect(took >= seconds - 0.2, f"{what}: cut already after {took:.1f} s")
    expect(took < seconds + SLACK, f"{what}: not cut after {took:.1f} s")
    wait_for_end(clients, 0, what, b"HTTP/1.1 408 ")


def slow_headers(server):
    trickle(server, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", HEADERS, "slow headers")


def slow_body(server):
    start = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    trickle(server, start, BODY, "slow body")


def slow_chunks(server):
    start = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"
    trickle(server, start, BODY, "slow chunks")


def pausing_body(server):
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    wait_for_end(clients, BODY_IDLE, "pauses in its body", b"HTTP/1.1 408 ")


def wait_for_reset(clients, deadline, what):
    """None of them reads: only a reset can tell them."""
    poll = select.poll()
    waiting = {client.fileno() for client in clients}
    for descriptor in waiting:
        poll.register(descriptor, 0)
    begin = time.monotonic()
    while waiting and time.monotonic() - begin < deadline + SLACK + 0.5:
        for descriptor, _ in poll.poll(100):
            poll.unregister(descriptor)
            waiting.discard(descriptor)
    expect(not waiting, f"{what}: {len(waiting)} of {len(clients)} not cut")
    for client in clients:
        client.close()


def slow_reader(server):
    body = b"x" * (4 * MIB)
    request = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    clients = [server.connect(receive_buffer=4096) for _ in range(5)]
    for client in clients:
        client.sendall(request)
    wait_for_reset(clients, UNREAD, "reads nothing")


def pipelining_without_reading(server):
    requests = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2000
    clients = [server.connect(receive_buffer=4096) for _ in range(5)]
    begin = time.monotonic()
    for client in clients:
        client.setblocking(False)
    while time.monotonic() - begin < 0.5:
        for client in clients:
            try:
                client.send(requests)
            except (BlockingIOError, ConnectionError):
                time.sleep(0.01)
    wait_for_reset(clients, UNREAD, "pipelines and reads nothing")


def resets_within_a_body(server):
    for _ in range(200):
        client = server.connect()
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def leaves_a_slow_handler(server):
    for reset in (True, False) * 50:
        client = server.connect()
        client.sendall(b"GET /sleep?ms=600000 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reset:
            client.close()
        else:
            time.sleep(0.005)
            client.close()


def half_closed(server):
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.sendall(b"GET /sleep?ms=300 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
    wait_for_end(clients, 0.3, "half-closed", b"HTTP/1.1 200 OK\r\n")


def flood_of_connections(server):
    for _ in range(1500):
        server.connect().close()


def honest_upload_too_large(server):
    for _ in range(5):
        client = server.connect()
        body = b"x" * (8 * MIB)
        head = b"POST /items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        wait_for_end([client], 1, "an upload that is too large", b"HTTP/1.1 413 ")


def endless_upload(server):
    clients = [server.connect() for _ in range(5)]
    for client in clients:
        client.sendall(b"POST /items HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
    begin = time.monotonic()
    piece = b"x" * 65536
    for client in clients:
        try:
            while time.monotonic() - begin < LINGERING + SLACK:
                client.send(piece)
            raise AssertionError("an endless upload is not cut")
        except ConnectionError:
            client.close()


SCENARIOS = [silent, idle_behind_a_request, slow_headers, slow_body, slow_chunks, pausing_body,
             slow_reader, pipelining_without_reading, resets_within_a_body, leaves_a_slow_handler,
             half_closed, flood_of_connections, honest_upload_too_large, endless_upload]


class Healthy(threading.Thread):
    """One request after the other, and how long the slowest took."""

    def __init__(self, server):
        super().__init__()
        self.server, self.slowest, self.stopped, self.failure = server, 0.0, False, None

    def run(self):
        try:
            while not self.stopped:
                begin = time.monotonic()
                client = self.server.connect()
                client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer, _ = read_all(client)
                client.close()
                expect(answer.endswith(b"Hello, World!"), f"a healthy client got {answer!r}")
                self.slowest = max(self.slowest, time.monotonic() - begin)
                time.sleep(0.02)
        except Exception as error:
            self.failure = error


def run_all(server):
    failures = []

    def run(scenario):
        try:
            scenario(server)
        except Exception as error:
            failures.append(f"{scenario.__name__}: {error!r}")

    healthy = Healthy(server)
    healthy.start()
    threads = [threading.Thread(target=run, args=(scenario,)) for scenario in SCENARIOS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    healthy.stopped = True
    healthy.join()
    if healthy.failure:
        failures.append(f"healthy: {healthy.failure!r}")
    if healthy.slowest > 1:
        failures.append(f"a healthy request took {healthy.slowest:.2f} s")
    print(f"slowest healthy request: {healthy.slowest * 1000:.0f} ms")
    return failures


def settled(server, descriptors):
    begin = time.monotonic()
    while server.descriptors() > descriptors and time.monotonic() - begin < 3:
        time.sleep(0.1)
    return server.descriptors()


def main():
    server = Server()
    before = server.descriptors()
    rounds = []
    # The first round brings the pools to their size.
    for _ in range(2):
        failures = run_all(server)
        after = settled(server, before)
        if after != before:
            failures.append(f"{before} descriptors before, {after} after")
        rounds.append(server.resident_kib())
        print(f"descriptors {before} and {after}, {rounds[-1]} KiB")
        if failures:
            break
    if not failures and rounds[1] > rounds[0] * 1.1 + 1024:
        failures.append(f"{rounds[0]} KiB behind the first round, {rounds[1]} behind the second")
    if (code := server.stop()) != 0:
        failures.append(f"the server ended with {code}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
