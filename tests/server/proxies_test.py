#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The configurations of docs/behind-a-proxy.md, run as they stand there, with ports of our own.

usage: proxies_test.py OWN_MAIN DOCS_PAGE
Exit code 77, which Meson counts as skipped, where neither nginx nor HAProxy is installed."""
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

OWN_MAIN, PAGE = sys.argv[1:3]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
CLIENT = "127.0.0.3"  # not one of those that are trusted
SPOOFED = ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n"
           "X-Forwarded-Prefix: /evil\r\nForwarded: for=6.6.6.6;host=evil;proto=https\r\n")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def ask(port, path, fields=""):
    """The body, "" while nobody listens or the proxy has nobody behind it yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5, (CLIENT, 0)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n{fields}"
                           "Connection: close\r\n\r\n".encode())
            answer = b""
            while piece := client.recv(65536):
                answer += piece
    except OSError:
        return ""
    head, _, body = answer.decode().partition("\r\n\r\n")
    return body if " 200 " in head.split("\r\n")[0] else ""


def start_server(options):
    server = subprocess.Popen([OWN_MAIN, "--no-access-log", *options], stderr=subprocess.PIPE,
                              text=True)
    for line in server.stderr:
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return server, found.group(1)
    raise SystemExit("the server did not start")


def command_of(name, folder, text):
    path = f"{folder}/{name}.conf"
    if name == "haproxy":
        command = [HAPROXY, "-db", "-f", path]
    else:
        text = (f"daemon off; worker_processes 1; error_log stderr; pid {folder}/pid; "
                f"events {{}} http {{ access_log off; {text} }}")
        command = [NGINX, "-p", folder, "-c", path]
    with open(path, "w") as file:
        file.write(text + "\n")
    return command


def check(name, options, text):
    server, port = start_server(options)
    front = free_port()
    text = text.replace("8000", port).replace("8080", str(front)).replace("8001", str(free_port()))
    with tempfile.TemporaryDirectory() as folder:
        proxy = subprocess.Popen(command_of(name, folder, text), stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not (body := ask(front, "/")) and time.monotonic() < deadline:
                time.sleep(0.05)
            told = [body, ask(front, "/", SPOOFED)]
            prefixed = ask(front, "/api/x") if "/api" in text else None
        finally:
            proxy.terminate()
            proxy.wait(10)
            server.terminate()
            server.stderr.close()
            server.wait(10)
    for one in told:
        host, client_port, rest = one.split(" ", 2)
        assert host == CLIENT, (name, one)
        assert (client_port != "0") == bool(options), (name, one)
        # Nobody cleans the fields of a connection: they are ignored, as the client is not trusted.
        assert rest == "http shop.example / none", (name, one)
    assert prefixed in (None, f"{CLIENT} 0 http shop.example /api/x none"), prefixed
    print(f"ok: {name} {' '.join(options)}")


def main():
    with open(PAGE) as file:
        blocks = re.findall(r"<!-- tried: (\w+)((?: [^ ]+)*?) -->\n```\w+\n(.*?)```", file.read(), re.S)
    assert len(blocks) == 3, len(blocks)
    ran = 0
    for name, options, text in blocks:
        if {"nginx": NGINX, "haproxy": HAPROXY}[name]:
            check(name, options.split(), text)
            ran += 1
    if not ran:
        print("skipped: neither nginx nor HAProxy is installed")
        sys.exit(77)


main()
