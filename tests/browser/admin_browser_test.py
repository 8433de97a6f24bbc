#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The live page of figures in Chromium: it draws, keeps drawing, and asks nobody but its server.

    admin_browser_test.py CAPRICORN DEMO.so [SCREENSHOT.png]

Exit code 77, which Meson counts as skipped, where Chromium is not installed.
"""

import asyncio
import http.client
import re
import subprocess
import sys
import threading

import browser


def start(capricorn, demo):
    process = subprocess.Popen(
        [capricorn, demo, "--port", "0", "--admin-port", "0", "--workers", "2",
         "--no-access-log"], stderr=subprocess.PIPE, text=True)
    ports = {}
    for line in process.stderr:
        if found := re.search(r"(probes|running) on http://127\.0\.0\.1:(\d+)", line):
            ports[found.group(1)] = int(found.group(2))
        if len(ports) == 2:
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, ports["running"], ports["probes"]


def visit(port, stop):
    """Some requests of several kinds, until told to stop; 1500 at most."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    paths = ["/plain", "/users/42", "/plain", "/users/7", "/nothing", "/users/x",
             "/hash?password=x", "/json", "/frozen?ms=20", "/sleep?ms=100"]
    for i in range(1500):
        if stop.wait(0.01):
            break
        connection.request("GET", paths[i % len(paths)])
        connection.getresponse().read()
    connection.close()


async def watch(port, screenshot):
    url = f"http://127.0.0.1:{port}/"
    async with browser.opened_page() as page:
        await page.open(url)
        await page.until("document.querySelector('#state').textContent === 'serving'")
        await page.until("document.querySelectorAll('#lag-chart polyline').length === 1")
        await page.until("document.querySelector('#routes').textContent.includes('/users/{user_id}')")
        await page.until("parseFloat(document.querySelector('#rate').textContent) > 0")
        await page.until("document.querySelector('#tasks').textContent.includes('lifespan')")
        await page.until("document.querySelectorAll('#workers tr').length === 3")
        points = "document.querySelector('#lag-chart polyline').getAttribute('points').split(' ').length"
        await page.until(f"{points} >= {20 if screenshot else 4}")
        if screenshot:
            await page.screenshot(screenshot, 1180)
        elsewhere = [each for each in page.requests if not each.startswith((url, "data:"))]
        assert not elsewhere, elsewhere
        assert not page.problems, page.problems


def main():
    if not browser.find_chromium():
        print("skipped: Chromium is not installed; ./dev test --browser installs it")
        return 77
    capricorn, demo, *screenshot = sys.argv[1:]
    server, port, admin = start(capricorn, demo)
    stop = threading.Event()
    visitors = [threading.Thread(target=visit, args=(port, stop)) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    try:
        asyncio.run(watch(admin, screenshot[0] if screenshot else None))
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join()
        server.terminate()
        server.wait(20)
    return 0


if __name__ == "__main__":
    sys.exit(main())
