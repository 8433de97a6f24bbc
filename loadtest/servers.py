# SPDX-License-Identifier: MIT
"""The servers that are compared: how each is started, ended, and asked for its processor time."""
import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PEERS = ("capricorn", "nginx", "node", "uvicorn", "uvicorn-asyncio", "fastapi")
PEERS_DIR = Path(__file__).resolve().parent / "peers"
PYTHON = "/usr/bin/python3"  # Debian's, where python3-uvicorn and python3-fastapi are
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    name: str
    process: subprocess.Popen
    port: int


def nginx_command(port, scratch, certificate):
    secure = (f" ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {certificate}; "
              f"ssl_certificate_key {certificate}")
    text = (PEERS_DIR / "nginx.conf").read_text().replace(
        "127.0.0.1:8080", f"127.0.0.1:{port}{secure if certificate else ''}")
    config = Path(scratch, "nginx.tls.conf" if certificate else "nginx.conf")
    text = text.replace("nginx.pid", config.stem + ".pid")
    config.write_text(text)
    return ["nginx", "-e", "stderr", "-p", scratch, "-c", str(config)]


def uvicorn_command(module, port, certificate):
    secure = ["--ssl-certfile", certificate, "--ssl-keyfile", certificate] if certificate else []
    return [PYTHON, "-m", "uvicorn", f"{module}:app", "--app-dir", str(PEERS_DIR),
            "--port", str(port), "--no-access-log", "--log-level", "warning", *secure]


def command(peer, port, build, scratch, certificate):
    """The server's; with a certificate (PEM, its key included) it speaks HTTPS."""
    secure = ["--ssl-certfile", certificate] if certificate else []
    if peer == "capricorn":
        return [str(build / "capricorn"), str(build / "examples/demo/demo.so"),
                "--port", str(port), "--no-access-log", "--log-level", "warning", *secure]
    if peer == "nginx":
        return nginx_command(port, scratch, certificate)
    if peer == "node":
        return ["node", str(PEERS_DIR / "server.js"), str(port)]
    if peer == "uvicorn-asyncio":  # all of it Python
        return [*uvicorn_command("uvicorn_app", port, certificate), "--loop", "asyncio",
                "--http", "h11"]
    return uvicorn_command(f"{peer}_app", port, certificate)


def version(peer, build):
    """The peer's version, or None where it is not installed."""
    module = peer.partition("-")[0]
    imports = f"import uvicorn, {module}; print({module}.__version__)"
    ask = {"capricorn": [str(build / "capricorn"), "--version"], "nginx": ["nginx", "-v"],
           "node": ["node", "--version"]}.get(peer, [PYTHON, "-c", imports])
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\d[\w.+-]*", done.stdout + done.stderr)
    return found.group() if found else "unknown"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A P-256 certificate for localhost and its key, in one PEM file."""
    pem = Path(folder, "localhost.pem")
    key = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                          "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                          "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                          "-keyout", "/dev/stdout"], check=True, capture_output=True).stdout
    pem.write_bytes(key)
    return str(pem)


def pinned(core, arguments):
    return ["taskset", "-c", str(core), *arguments]


def start(peer, options, scratch, certificate=None):
    port = free_port()
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = command(peer, port, options.build, scratch, certificate)
    with open(options.output / f"{peer}{'-tls' if certificate else ''}.log", "wb") as log:
        process = subprocess.Popen(pinned(0, arguments), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, env=environment,
                                   start_new_session=True)
    return Server(peer, process, port)


def wait_until_ready(server, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{server.name} did not start; its log is in the results directory")


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


def cpu_seconds(pid):
    """User and system time of a process, of its living children and of those it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, child_user, child_system = (int(value) / TICKS for value in fields[11:15])
    total = [user + child_user, system + child_system]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            total = [mine + its for mine, its in zip(total, cpu_seconds(child))]
    return total
