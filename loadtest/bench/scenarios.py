# SPDX-License-Identifier: MIT
"""What is asked of the servers, each scenario with the tool that asks."""
import json
import subprocess
from dataclasses import dataclass

from .common import LOADTEST

HELLO = b"Hello, World!"
WORDS = ("A lamp of brushed brass that stands on the desk of someone who reads late into the night, "
         "with a shade of linen and a cord of woven cotton.")
ITEM = {
    "id": 7, "name": "Desk lamp, brass", "price": 129.5, "tax": 24.61, "active": True,
    "note": WORDS, "tags": ["light", "brass", "desk", "reading", "linen", "made to order"],
    "size": {"width": 22.5, "height": 48.25, "depth": 22.5},
    "reviews": [
        {"author": "Ada", "stars": 5, "text": "Warm light, and it does not wobble when one types."},
        {"author": "Bertrand", "stars": 4, "text": "The switch is on the cord; otherwise perfect."},
        {"author": "Chiara", "stars": 5, "text": "Came in two days and looks better than on the page."},
        {"author": "Dmitri", "stars": 3, "text": "Fine, but the shade arrived with a dent."},
    ],
}
BROWSER = (  # 455 bytes more than wrk's own
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-US,en;q=0.7,de;q=0.3",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Cookie: session=5f2b1c0a9d8e47c6b3a1f0e2d4c5b; dark=1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    "Upgrade-Insecure-Requests: 1",
    "DNT: 1",
    "Priority: u=0, i",
)


def item_document():
    """The item as JSON of exactly 1024 bytes."""
    def text(note):
        return json.dumps({**ITEM, "note": note}, separators=(",", ":")).encode()
    note = WORDS + " " + WORDS + " " + WORDS + " " + WORDS
    return text(note[:len(note) - (len(text(note)) - 1024)])


def write_files(static):
    """What the file servers serve, and what is posted."""
    static.mkdir(parents=True, exist_ok=True)
    (static / "plain.txt").write_bytes(HELLO)
    (static / "message.json").write_bytes(b'{"message":"Hello, World!"}')
    (static / "1k.bin").write_bytes(b"k" * 1024)
    (static / "1m.bin").write_bytes(b"m" * (1 << 20))
    (static / "item.json").write_bytes(item_document())


@dataclass(frozen=True)
class Scenario:
    title: str
    feature: str  # what a peer needs to have (peers.LACKS says it in words)
    tool: str = "wrk"  # or load, rate, hold, start, timers: the functions of measure.py
    path: str = "/plain"
    expected: bytes = HELLO
    kind: str = "http"  # or https, tcp, idle: what is started
    script: str = ""  # of wrk
    posts: bool = False  # the item
    headers: tuple = ()
    arguments: tuple = ()  # of the load client
    unit: str = "request"
    connections: int = 0  # instead of --connections
    latency: bool = True  # wrk's percentiles are wrong for more than one request in a batch
    rate: int = 0
    idle: int = 0  # connections that are only held
    peers: tuple = ()  # only these


MESSAGE = b'{"message":"Hello, World!"}'
SCENARIOS = {
    "plaintext": Scenario("GET /plain: thirteen bytes", "plain"),
    "pipelined": Scenario("the same, 16 requests in one write", "plain", script="pipeline.lua",
                          latency=False),
    "json": Scenario("GET /json: an object of one field", "json", path="/json", expected=MESSAGE),
    "path": Scenario("GET /users/42: a typed path and a JSON model", "path", path="/users/42",
                     expected=b'{"id":42,"name":"Alice"}'),
    "items": Scenario("POST /items: 1 KiB of JSON parsed into a model, validated, serialised",
                      "items", path="/items", script="post.lua", posts=True),
    "headers": Scenario("GET /plain with a browser's headers: 455 bytes more", "plain",
                        headers=BROWSER),
    "new-headers": Scenario("the same, and a field that is another one in each request", "plain",
                            script="new_headers.lua", headers=BROWSER),
    "echo": Scenario("POST /echo: 1 KiB there and back", "echo", path="/echo", script="post.lua",
                     posts=True),
    "static-1k": Scenario("a file of 1 KiB", "static", path="/static/1k.bin",
                          expected=b"k" * 1024),
    "static-1m": Scenario("a file of 1 MiB", "static", path="/static/1m.bin",
                          expected=b"m" * (1 << 20), connections=16),
    "blocking": Scenario("GET /block?ms=1: a function that blocks, in the thread pool", "block",
                         path="/block?ms=1", expected=b'{"ms":1}'),
    "stream": Scenario("GET /stream: 16 chunks of 1 KiB, each written by itself", "stream",
                       path="/stream", expected=b"x" * 16384),
    "mixed": Scenario("seven GETs in turn and one POST /items", "items", script="mixed.lua",
                      posts=True),
    "websocket": Scenario("text messages of 32 bytes echoed on WebSockets", "websocket", "load",
                          arguments=("--protocol", "websocket"), unit="message"),
    "tls": Scenario("GET /plain over TLS 1.3, keep-alive", "tls", kind="https"),
    "handshakes": Scenario("a full TLS 1.3 handshake (P-256) and one request", "tls", "load",
                           kind="https", arguments=("--connect", "each", "--tls", "full"),
                           unit="connection", connections=8),
    "resumption": Scenario("the same with a session to go on with", "tls", "load", kind="https",
                           arguments=("--connect", "each", "--tls", "resume"), unit="connection",
                           connections=8),
    "churn": Scenario("a connection for each request", "plain", "load",
                      arguments=("--connect", "each"), unit="connection", connections=16),
    "tcp-echo": Scenario("32 bytes echoed on bare TCP (capricorn: on a Stream)", "tcp", "load",
                         kind="tcp", arguments=("--protocol", "echo"), unit="message"),
    "latency": Scenario("GET /plain at 5 000 a second, timed from when each was due", "plain",
                        "rate", rate=5_000),
    "latency-fast": Scenario("GET /plain at 40 000 a second, timed from when each was due", "plain",
                             "rate", rate=40_000),
    "idle": Scenario("10 000 idle connections: memory of each, and what they cost the busy ones",
                     "wide", "hold", kind="idle", unit="connection", idle=10_000),
    "start": Scenario("from exec to the first answer, and the program's size", "plain", "start",
                      unit="start"),
    "timers": Scenario("how late timers of 1 to 10 ms are", "tcp", "timers", unit="timer",
                       peers=("capricorn", "asyncio", "uvloop")),
}
GROUPS = {
    "core": ["plaintext", "pipelined", "json", "path", "items", "headers", "latency"],
    "files": ["static-1k", "static-1m", "stream"],
    "secure": ["tls", "handshakes", "resumption"],
    "cold": ["idle", "start", "churn"],
    "all": list(SCENARIOS),
}


def request_bytes(scenario, static, number=0):
    """One request as the load client sends it."""
    body = (static / "item.json").read_bytes() if scenario.posts else b""
    head = f"{'POST' if scenario.posts else 'GET'} {scenario.path} HTTP/1.1\r\nHost: localhost\r\n"
    for line in scenario.headers:
        head += line + "\r\n"
    if scenario.script == "new_headers.lua":
        head += f"X-Request-Id: {100000 + number}\r\n"
    if scenario.posts:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def wrk_arguments(scenario, server, seconds, connections, static):
    """wrk's command line for a scenario that it can do."""
    secure = "s" if scenario.kind == "https" else ""
    arguments = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    for line in scenario.headers:
        arguments += ["-H", line]
    if scenario.script:
        arguments += ["-s", LOADTEST / "scripts" / scenario.script]
    arguments.append(f"http{secure}://127.0.0.1:{server.port}{scenario.path}")
    return arguments + (["--", static / "item.json"] if scenario.posts else [])


def run_client(arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments[3]} ended: {(done.stdout + done.stderr).strip()[-200:]}")
    return done.stdout
