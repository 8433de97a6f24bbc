# SPDX-License-Identifier: MIT
"""One measurement of one scenario with one peer; each tool has its function here."""
import http.client
import json
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from .common import PROGRAMS, ROOT, unbuilt
from .peers import PEERS, PYTHON, Place
from .processes import (Server, cpu, cpu_of_each, cpu_since, free_port, pinned, resident_bytes,
                        running_on, spawn, stop, wait_until_ready)
from .scenarios import Scenario, request_bytes, run_client, wrk_arguments


@dataclass
class Bench:
    """What all measurements of a run share."""
    place: Place
    logs: Path
    server_core: int = 0
    client_core: int = 1
    connections: int = 64
    servers: dict = field(default_factory=dict)  # (peer, kind) → Server
    refused: dict = field(default_factory=dict)  # (peer, kind) → why it does not start
    environments: dict = field(default_factory=dict)  # kind → what its servers are told besides

    def start(self, peer, kind):
        port = free_port()
        server = spawn(peer, PEERS[peer].command(kind, port, self.place), port,
                       self.logs / f"{peer}-{kind}.log", [self.server_core],
                       self.environment(peer) | self.environments.get(kind, {}))
        try:
            wait_until_ready(server)
        except BaseException:  # Ctrl-C, too
            stop([server])
            raise
        return server

    def environment(self, peer):
        return self.place.environment() | PEERS[peer].environment

    def serve(self, peer, kind):
        """The peer's running server; the first to ask starts it."""
        if (peer, kind) not in self.servers:
            if (peer, kind) in self.refused:
                raise RuntimeError(self.refused[peer, kind])
            try:
                self.servers[peer, kind] = self.start(peer, kind)
            except RuntimeError as error:
                self.refused[peer, kind] = str(error)
                raise
        server = self.servers[peer, kind]
        if server.process.poll() is not None:
            raise RuntimeError(f"{peer} ended by itself; its log is {server.log}")
        return server

    def client(self, *arguments):
        return pinned(self.client_core, arguments)

    @property
    def load(self):
        return self.program("load_client")

    def program(self, target):
        """Of this build, whichever capricorn is measured."""
        if sentence := unbuilt(self.place.build, target):
            raise RuntimeError(f"{target} is {sentence}")
        return self.place.build / PROGRAMS.get(target, target)

    def stop(self):
        stop(list(self.servers.values()))
        self.servers.clear()


def is_expected(answer, scenario: Scenario, body):
    if not scenario.posts:
        return answer.replace(b'": ', b'":') == scenario.expected
    try:
        return json.loads(answer) == json.loads(body)
    except ValueError:
        return False


def check_answer(server: Server, scenario: Scenario, static):
    """One request before the measuring; raises where the answer is not what was asked for."""
    address = f"http{'s' if scenario.kind == 'https' else ''}://127.0.0.1:{server.port}"
    body = (static / "item.json").read_bytes() if scenario.posts else None
    path = "/items" if scenario.script == "mixed.lua" else scenario.path
    request = urllib.request.Request(address + path, body, {"Content-Type": "application/json"})
    context = ssl._create_unverified_context() if scenario.kind == "https" else None
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as response:
            answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise RuntimeError(f"{server.name}: {error or type(error).__name__}") from error
    if not is_expected(answer, scenario, body):
        raise RuntimeError(f"{server.name} answered {answer[:60]!r}")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def parse_wrk(text, latency):
    def first(pattern):
        return re.search(pattern, text, re.MULTILINE)

    sockets, statuses = first(r"Socket errors: (.*)"), first(r"Non-2xx or 3xx responses: (\d+)")
    errors = sum(map(int, re.findall(r"\d+", sockets.group(1)))) if sockets else 0
    result = {"operations": int(first(r"(\d+) requests in").group(1)),
              "per_second": float(first(r"Requests/sec: +([\d.]+)").group(1)),
              "errors": errors + (int(statuses.group(1)) if statuses else 0)}
    if latency:
        result["latency_us"] = {f"p{share}": 1000 * milliseconds(first(rf"^ +{share}% +(\S+)").group(1))
                                for share in (50, 90, 99)}
    return result


def with_cpu(result, server: Server, before):
    """What the server has used since `cpu_of_each` said that; raises where it says nothing."""
    used = cpu_since(server.process.pid, before)
    if server.process.poll() is not None:
        raise RuntimeError(f"{server.name} ended by itself; its log is {server.log}")
    if result["operations"] == 0:
        raise RuntimeError(f"{server.name} answered nothing ({result['errors']} errors)")
    result["cpu_us"] = used.nanoseconds / 1000 / result["operations"]
    result["user_ticks"], result["system_ticks"] = used.user_ticks, used.system_ticks
    return result


def by_wrk(bench: Bench, peer, scenario: Scenario, seconds):
    server = bench.serve(peer, scenario.kind)
    arguments = wrk_arguments(scenario, server, seconds, scenario.connections or bench.connections,
                              bench.place.static)
    before = cpu_of_each(server.process.pid)
    text = run_client(bench.client(*arguments))
    return with_cpu(parse_wrk(text, scenario.latency), server, before)


def parse_load(text):
    outcome = json.loads(text)
    return {"operations": outcome["answers"],
            "per_second": outcome["answers"] / outcome["seconds"],
            "errors": outcome["refused"] + outcome["lost"],
            "unsent": outcome["unsent"], "resumed": outcome["resumed"],
            "latency_us": outcome["latency_us"]}


def by_load(bench: Bench, peer, scenario: Scenario, seconds):
    server = bench.serve(peer, scenario.kind)
    request = bench.place.scratch / f"{scenario.path.strip('/').replace('/', '-')}.request"
    request.write_bytes(request_bytes(scenario, bench.place.static))
    arguments = ["--port", server.port, "--seconds", seconds, "--connections",
                 scenario.connections or bench.connections, "--request", request,
                 "--rate", scenario.rate, *scenario.arguments]
    before = cpu_of_each(server.process.pid)
    text = run_client(bench.client(bench.load, *arguments))
    result = with_cpu(parse_load(text), server, before)
    if "resume" in scenario.arguments and result["resumed"] < result["operations"] // 2:
        raise RuntimeError(f"{peer} resumes no sessions")
    return result


def by_holding(bench: Bench, peer, scenario: Scenario, seconds):
    """A server of its own; its memory before and after many connections made one request each, and
    what a busy connection's request costs without and with them."""
    server = bench.start(peer, scenario.kind)
    try:
        def busy():
            before = cpu_of_each(server.process.pid)
            arguments = wrk_arguments(scenario, server, seconds, bench.connections,
                                      bench.place.static)
            text = run_client(bench.client(*arguments))
            return with_cpu(parse_wrk(text, True), server, before)
        busy()  # grows what grows at first
        alone, memory = busy(), resident_bytes(server.process.pid)
        holder = subprocess.Popen(
            bench.client(bench.load, "--port", server.port, "--connections", scenario.idle,
                         "--hold", "yes"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if not holder.stdout.readline():
                raise RuntimeError(f"{peer} did not take {scenario.idle} connections")
            held = resident_bytes(server.process.pid) - memory
            beside = busy()
        finally:
            lost, _ = holder.communicate()
    finally:
        stop([server])
    return {**beside, "operations": scenario.idle, "bytes": held / scenario.idle,
            "errors": beside["errors"] + int(lost or 0),  # idle ones that did not stay
            "busy_ratio": beside["cpu_us"] / alone["cpu_us"]}


def by_starting(bench: Bench, peer, scenario: Scenario, _seconds):
    """From exec to the first answer, five times: by the clock, and on the processor, which says more
    where others work as well; and how large what is started is."""
    times, used = [], []
    request = request_bytes(scenario, bench.place.static)
    for _ in range(5):
        port = free_port()
        command = PEERS[peer].command("http", port, bench.place)
        with running_on([bench.client_core]):  # who asks whether it is there takes no time from it
            begin = time.perf_counter()
            server = spawn(peer, command, port, bench.logs / f"{peer}-start.log",
                           [bench.server_core], bench.environment(peer))
            try:
                first_answer(server, request)
                times.append(1000 * (time.perf_counter() - begin))
                used.append(cpu(server.process.pid).nanoseconds / 1e6)
            finally:
                stop([server])
    return {"operations": len(times), "per_second": 1000 / min(times), "errors": 0,
            "milliseconds": sorted(times)[len(times) // 2], "start_cpu_ms": sorted(used)[len(used) // 2],
            "program_bytes": program_bytes(command)}


def program_bytes(command):
    """Of the files that the command names first: a program, and what it loads."""
    files = [Path(shutil.which(str(command[0])) or command[0])]
    files += [Path(argument) for argument in command[1:2] if str(argument).endswith(".so")]
    return sum(path.resolve().stat().st_size for path in files)


def first_answer(server, request):
    import socket  # pylint: disable=import-outside-toplevel
    wait_until_ready(server, pause=0.0002)
    with socket.create_connection(("127.0.0.1", server.port), 10) as client:
        client.sendall(request)
        if not client.recv(4096).startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{server.name}'s first answer was none")


def by_timers(bench: Bench, peer, _scenario, _seconds):
    """The event loop's own program (see loop/); how late, and how early, its timers ran."""
    program = ([bench.program("loadtest/loop/capricorn_loop")] if peer == "capricorn" else
               [PYTHON, "-B", ROOT / "loadtest/loop/asyncio_loop.py", peer])
    text = run_client(pinned(bench.server_core, [*program, "timer_precision", 200]))
    _, mean, *details = text.split()
    details = dict(detail.split("=") for detail in details)
    return {"operations": 200, "per_second": 0.0, "errors": 0, "late_us": float(mean) / 1000,
            "earliest_us": float(details["least"]) / 1000}


TOOLS = {"wrk": by_wrk, "load": by_load, "rate": by_load, "hold": by_holding, "start": by_starting,
         "timers": by_timers}
OWN_CLIENT = ("load", "rate", "hold")
PERSISTENT = ("wrk", "load", "rate")  # they use the servers that run all the time


def measure(bench: Bench, peer, scenario: Scenario, seconds):
    return TOOLS[scenario.tool](bench, peer, scenario, seconds)
