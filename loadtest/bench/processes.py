# SPDX-License-Identifier: MIT
"""Processes that are measured: started on their core, ended, asked for their time and memory."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Server:
    name: str
    process: subprocess.Popen
    port: int
    log: Path | None = None


@dataclass(frozen=True)
class Cpu:
    """What a process, its threads and its children have used since they began."""
    nanoseconds: int = 0  # on a processor: exact
    user_ticks: int = 0  # of 10 ms, told apart by samples: only their ratio over seconds counts
    system_ticks: int = 0

    def __add__(self, other):
        return Cpu(self.nanoseconds + other.nanoseconds, self.user_ticks + other.user_ticks,
                   self.system_ticks + other.system_ticks)

    def __sub__(self, other):
        return Cpu(self.nanoseconds - other.nanoseconds, self.user_ticks - other.user_ticks,
                   self.system_ticks - other.system_ticks)


def pinned(core, arguments):
    return ["taskset", "-c", str(core), *map(str, arguments)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A P-256 certificate for localhost and its key, in one PEM file."""
    pem = Path(folder, "localhost.pem")
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                           "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                           "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                           "-keyout", "/dev/stdout"], check=True, capture_output=True)
    pem.write_bytes(done.stdout)
    return str(pem)


def own_cores():
    """Those that we may run on."""
    return sorted(os.sched_getaffinity(0))


def threads_of(core):
    """A core of a machine where each is two for the system, as /sys has it: "0,32" or "0-1"."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return {core}
    ends = [part.split("-") for part in text.strip().split(",")]
    return {number for end in ends for number in range(int(end[0]), int(end[-1]) + 1)}


def two_cores():
    """One for the server and one for the client: no threads of one core where there are others, as
    each would slow the other. Ends the program where there is only one."""
    first, *others = own_cores()
    apart = [core for core in others if core not in threads_of(first)]
    if not others:
        sys.exit("Two cores are needed: one for the server, one for the client.")
    return first, (apart or others)[0]


@contextmanager
def running_on(cores):
    """What is started meanwhile runs there too."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def spawn(name, arguments, port, log, cores=(), environment=()):
    """Starts a server on these cores, or the first of ours; what it prints goes to the log."""
    # By no program such as taskset, whose own start would be measured with it.
    with running_on(cores or own_cores()[:1]), open(log, "wb") as output:
        process = subprocess.Popen(list(map(str, arguments)), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output, start_new_session=True,
                                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1",
                                        **dict(environment)})
    return Server(name, process, port, log)


def wait_until_ready(server, seconds=20, pause=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            time.sleep(pause)
    raise RuntimeError(f"{server.name} did not start. {last_words(server)}")


def last_words(server):
    return server.log.read_text(errors="replace").strip()[-300:] if server.log else ""


def stop(servers):
    for server in servers:
        if server.process.poll() is None:
            server.process.terminate()
    for server in servers:
        try:
            server.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def family(pid):
    """The process and all that descend from it."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                found += family(int(child))
        except OSError:
            continue  # a thread that has just ended
    return found


def cpu_clock(pid):
    """The clock of a process's time on a processor, as clock_getcpuclockid(3) makes its number; with
    the time of its threads that have ended, which are no longer under /proc."""
    return ~pid << 3 | 2


def cpu(pid):
    return sum(cpu_of_each(pid).values(), Cpu())


def cpu_since(pid, before):
    """What has been used since `cpu_of_each` said this. A child that has ended, such as a server's for an
    errand, takes nothing away from it."""
    return sum((used - before.get(member, Cpu()) for member, used in cpu_of_each(pid).items()), Cpu())


def cpu_of_each(pid):
    """Process → what it has used, of all that there are."""
    found = {}
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            nanoseconds = time.clock_gettime_ns(cpu_clock(member))
        except OSError:
            continue  # a process that has just ended
        found[member] = Cpu(nanoseconds, int(fields[11]), int(fields[12]))
    return found


def resident_bytes(pid):
    """Memory that is the process's own, and its children's."""
    total = 0
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue  # a process that has just ended
        total += sum(1024 * int(number) for number in re.findall(r"Private_\w+:\s+(\d+)", text))
    return total
