# SPDX-License-Identifier: MIT
"""Chromium without a window, spoken to by its DevTools protocol, and cut off from all but this
machine."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import sys
import tempfile

try:
    import websockets
except ImportError:
    # A python of the user's own hides the distribution's packages.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit(77)


def find_chromium():
    for name in ["chromium", "chromium-browser", "google-chrome"]:
        if path := shutil.which(name):
            return path
    return None


class Page:
    """One tab. `requests` are the URLs that it asked for."""

    def __init__(self, socket):
        self.requests = []
        self.problems = []  # what the console had as errors
        self._socket = socket
        self._replies = {}
        self._count = 0
        self._headers = None
        self._reader = asyncio.ensure_future(self._read())

    async def call(self, method, **parameters):
        self._count += 1
        reply = self._replies[self._count] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(
            {"id": self._count, "method": method, "params": parameters}))
        message = await asyncio.wait_for(reply, 60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def _read(self):
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._replies.pop(message["id"]).set_result(message)
            elif message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Runtime.exceptionThrown":
                details = message["params"]["exceptionDetails"]
                self.problems.append(details.get("exception", {}).get("description")
                                     or details["text"])
            elif message["method"] == "Log.entryAdded":
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.problems.append(f"{entry['text']} {entry.get('url', '')}")
            elif message["method"] == "Fetch.requestPaused":
                asyncio.ensure_future(self._let_pass(message["params"]))

    async def _let_pass(self, paused):
        headers = paused.get("responseHeaders", [])
        headers += [{"name": name, "value": value} for name, value in self._headers.items()]
        await self.call("Fetch.continueResponse", requestId=paused["requestId"],
                        responseCode=paused["responseStatusCode"], responseHeaders=headers)

    async def add_headers(self, url, headers):
        """To answers from that URL, before the page sees them."""
        self._headers = headers
        await self.call("Fetch.enable", patterns=[{"urlPattern": url, "requestStage": "Response"}])

    async def open(self, url):
        for domain in ["Page", "Network", "Runtime", "Log"]:
            await self.call(domain + ".enable")
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        await self.call("Page.navigate", url=url)

    async def run(self, script):
        """The value of an expression, which may be a promise."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                                 returnByValue=True, userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, condition, seconds=40):
        """Waits for an expression to become true, looking at each change of the page."""
        await self.run("""new Promise((resolve, reject) => {
          const holds = () => { try { return CONDITION } catch { return false } };
          if (holds()) return resolve(true);
          const look = new MutationObserver(() => { if (holds()) { look.disconnect(); resolve(true) } });
          look.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
          setTimeout(() => reject(new Error("never: " + TEXT + document.body.innerText.slice(0, 2000))), MS);
        })""".replace("CONDITION", condition).replace("TEXT", json.dumps(condition + "\n"))
                       .replace("MS", str(seconds * 1000)))

    async def click(self, element):
        await self.run(f"{element}.click()")

    async def fill(self, element, text):
        """As typed: React does not see a value that is only set."""
        await self.run(f"{element}.focus(); {element}.select()")
        await self.call("Input.insertText", text=text)
        await self.run(f"{element}.blur()")  # what waits for more keys takes it now

    async def screenshot(self, path, height):
        shot = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                               clip={"x": 0, "y": 0, "width": 1000, "height": height, "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))


@contextlib.asynccontextmanager
async def opened_page():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = await asyncio.create_subprocess_exec(
            find_chromium(), "--headless=new", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
            "--window-size=1000,900", "--remote-debugging-port=0", f"--user-data-dir={profile}",
            # Nothing outside has an address.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        try:
            port, path = await asyncio.wait_for(devtools_of(browser), 120)
            async with websockets.connect(f"ws://127.0.0.1:{port}{path}",
                                          max_size=None) as socket:
                root = Page(socket)
                target = await root.call("Target.createTarget", url="about:blank")
                address = f"ws://127.0.0.1:{port}/devtools/page/{target['targetId']}"
                async with websockets.connect(address, max_size=None) as tab:
                    yield Page(tab)
        finally:
            browser.kill()
            await browser.wait()


async def devtools_of(browser):
    """Port and path, which it prints."""
    while line := (await browser.stderr.readline()).decode():
        if "DevTools listening on ws://" in line:
            address = line.split("ws://", 1)[1].strip()
            host, _, path = address.partition("/")
            return host.rpartition(":")[2], "/" + path
    raise RuntimeError("Chromium did not start")
