#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Speaks to the demonstration, and to examples/chat, with Python's websockets, as a user's client does.

usage: websocket_client_test.py CAPRICORN DEMO CHAT

Exit code 77, which Meson counts as skipped, where the package is not installed."""
import asyncio
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

try:
    import websockets
except ImportError:
    # A python of the user's own hides the distribution's packages.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit(77)

LARGEST = 1 << 20


def start(capricorn, demo, *options):
    server = subprocess.Popen([capricorn, demo, "--port", "0", "--no-use-colors", *options],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in server.stderr:
        found = re.search(r"running on http://([0-9.]+:\d+) ", line)
        if found:
            return server, f"ws://{found[1]}"
    sys.exit("the server did not start")


def close_of(error):
    """The code and reason that the server closed with."""
    received = getattr(error, "rcvd", None)
    return (received.code, received.reason) if received else (error.code, error.reason)


async def refusal(url, **options):
    try:
        async with websockets.connect(url, **options):
            return None
    except Exception as error:  # its class depends on the version
        return getattr(error, "status_code", None) or error.response.status_code


async def close_code(socket):
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 10)
    except websockets.exceptions.ConnectionClosed as error:
        return close_of(error)[0]


async def echoes(url):
    texts = ["", "hello", "Grüße, 世界 🌍", "x" * 125, "x" * 126, "x" * 65535, "y" * 65536,
             "repeated " * 5000]
    for compression in ["deflate", None]:
        async with websockets.connect(url + "/ws", compression=compression) as socket:
            for text in texts:
                await socket.send(text)
                assert await socket.recv() == text
            for data in [b"", b"\x00\xff" * 40000, os.urandom(70000), b"z" * LARGEST]:
                await socket.send(data)
                assert await socket.recv() == data
            await socket.send(["in ", "three ", "fragments"])
            assert await socket.recv() == "in three fragments"
            await asyncio.wait_for(await socket.ping(b"payload"), 10)
            for i in range(200):
                await socket.send(f"message {i} " * 10)
            for i in range(200):
                assert await socket.recv() == f"message {i} " * 10


async def too_large(url):
    for compression in ["deflate", None]:
        async with websockets.connect(url + "/ws", compression=compression) as socket:
            await socket.send(b"\0" * (LARGEST + 1))
            assert await close_code(socket) == 1009
    async with websockets.connect(url + "/ws", compression="deflate") as socket:
        await socket.send(b"\0" * (64 << 20))  # a few KiB on the wire
        assert await close_code(socket) == 1009


async def handshakes(url):
    async with websockets.connect(url + "/ws", subprotocols=["other", "chat"]) as socket:
        assert socket.subprotocol == "chat"
    async with websockets.connect(url + "/ws", subprotocols=["other"]) as socket:
        assert socket.subprotocol is None
    assert await refusal(url + "/none") == 403
    assert await refusal(url + "/plain") == 403


async def many(url):
    async def one(i):
        async with websockets.connect(url + "/ws") as socket:
            for round in range(5):
                text = f"{i} {round} " * 100
                await socket.send(text)
                assert await socket.recv() == text
            await socket.close(3000 + i, "done")
    await asyncio.gather(*(one(i) for i in range(100)))


async def ends_with_the_server(url, server):
    async with websockets.connect(url + "/ws") as socket:
        await socket.send("before")
        assert await socket.recv() == "before"
        server.send_signal(signal.SIGTERM)
        assert await close_code(socket) == 1012
    code = await asyncio.to_thread(server.wait, 10)
    assert code == 0, f"exit code {code}"
    log = server.stdout.read()
    assert '- "WebSocket /ws" [accepted]' in log, log
    assert '- "WebSocket /none" 403 Forbidden' in log, log


async def forgets_empty_rooms(url, server):
    async def visit(number):
        async with websockets.connect(f"{url}/rooms/{number:05}{'x' * 7000}") as socket:
            await socket.recv()

    def resident():
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    for number in range(100):
        await visit(number)
    before = resident()
    for number in range(100, 1100):
        await visit(number)
    assert resident() - before < 3000, f"{resident() - before} KiB for rooms that nobody is in"


async def chat(url, server):
    async with websockets.connect(url + "/echo") as socket:
        await socket.send("hello")
        assert await socket.recv() == "you said hello"
    async with websockets.connect(url + "/rooms/blue?name=ann") as ann:
        assert await ann.recv() == "ann enters"
        async with websockets.connect(url + "/rooms/blue?name=bob") as bob:
            assert await ann.recv() == await bob.recv() == "bob enters"
            async with websockets.connect(url + "/rooms/red") as other:
                await bob.send("hi")
                assert await ann.recv() == await bob.recv() == "bob: hi"
                assert await other.recv() == "someone enters"
        assert await ann.recv() == "bob leaves"
    async with websockets.connect(url + "/sum") as socket:
        for add, total in [(3, 3), (-5, -2)]:
            await socket.send(json.dumps({"add": add}))
            assert json.loads(await socket.recv()) == {"sum": total}
        await socket.send("{")
        assert await close_code(socket) == 1007
    for wrong in ["{}", "[]", '{"add": "3"}', '{"add": null}']:
        async with websockets.connect(url + "/sum") as socket:
            await socket.send(wrong)
            assert await close_code(socket) == 1008, wrong
    async with websockets.connect(url + "/sum") as socket:
        await socket.send('{"add": 1e308}')
        await socket.recv()
        await socket.send('{"add": 1e308}')  # no JSON has their sum
        assert await close_code(socket) == 1008
    await forgets_empty_rooms(url, server)
    async with websockets.connect(url + "/secret?token=open%20sesame") as socket:
        assert await socket.recv() == "come in"
        assert await close_code(socket) == 1000
    assert await refusal(url + "/secret") == 401
    assert await refusal(url + "/mirror") == 403
    async with websockets.connect(url + "/mirror", subprotocols=["mirror.v1"]) as socket:
        await socket.send(b"bytes")
        assert await socket.recv() == b"bytes"
        await socket.send("x" * 65537)
        assert await close_code(socket) == 1009
    server.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.wait, 10) == 0


async def demonstration(url, server):
    for test in [echoes, too_large, handshakes, many]:
        await test(url)
    await ends_with_the_server(url, server)


async def main():
    for module, test, options in [(sys.argv[2], demonstration, []),
                                  (sys.argv[3], chat, ["--no-access-log"])]:
        server, url = start(sys.argv[1], module, *options)
        try:
            await test(url, server)
        finally:
            server.kill()
            errors = server.stderr.read()
        assert "ERROR" not in errors, errors
    print(f"websockets {websockets.__version__}: all well")


asyncio.run(main())
