#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""/docs and /redoc in Chromium, without a network: "Try it out" is pressed, and the answer seen.

usage: docs_browser_test.py CAPRICORN DEMO [SCREENSHOT.png]

Exit code 77, which Meson counts as skipped, where Chromium is not installed or the binary was built
without the pages' programs. `./dev test --browser` installs and fetches both.
"""

import asyncio
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "openapi"))

from browser import find_chromium, opened_page  # noqa: E402
from document import fetch, served  # noqa: E402

# What a careful site sends: no inline script, nothing from elsewhere.
POLICY = {"content-security-policy":
          "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
          "worker-src blob:"}


def check_quiet(page, url):
    elsewhere = [asked for asked in page.requests
                 if not asked.startswith((url, "data:", "blob:", "about:"))]
    assert not elsewhere, elsewhere
    assert not page.problems, page.problems


async def swagger_ui(url, screenshot):
    block = "document.querySelector('#operations-default-get_users_by_user_id')"
    async with opened_page() as page:
        await page.add_headers(url + "/docs", POLICY)
        await page.open(url + "/docs")
        await page.until(f"{block}")
        await page.click(f"{block}.querySelector('.opblock-summary-control')")
        await page.until(f"{block}.querySelector('.try-out__btn')")
        await page.click(f"{block}.querySelector('.try-out__btn')")
        await page.until(f"{block}.querySelector('.parameters input')")
        await page.fill(f"{block}.querySelector('.parameters input')", "42")
        await page.click(f"{block}.querySelector('.execute')")
        answer = f"{block}.querySelector('.live-responses-table tbody .response-col_description')"
        await page.until(f"{answer}.innerText.includes('Alice')")
        text = await page.run(f"{answer}.innerText")
        assert '"id": 42' in text and '"name": "Alice"' in text, text
        assert url + "/users/42" in page.requests, page.requests
        check_quiet(page, url)
        if screenshot:
            await page.run(f"""(() => {{
                document.querySelectorAll('.opblock').forEach(
                    one => {{ if (one !== {block}) one.remove() }});
                {block}.scrollIntoView();
            }})()""")
            await page.screenshot(screenshot, 1120)


async def redoc(url):
    async with opened_page() as page:
        await page.add_headers(url + "/redoc", POLICY)
        await page.open(url + "/redoc")
        await page.until("document.body.innerText.includes('/users/{user_id}')")
        heading = await page.run("document.querySelector('h1').innerText")
        assert "demo" in heading.lower() or "capricorn" in heading.lower(), heading
        check_quiet(page, url)


def main():
    capricorn, demo, *screenshot = sys.argv[1:]
    if not find_chromium():
        print("skipped: Chromium is not installed; ./dev test --browser installs it")
        sys.exit(77)
    with served(capricorn, demo) as url:
        if b"https://cdn." in fetch(url + "/docs"):
            print("skipped: built without build-assets/; ./dev setup fetches it where npm is there")
            sys.exit(77)
        asyncio.run(swagger_ui(url, screenshot[0] if screenshot else None))
        asyncio.run(redoc(url))
    print("Swagger UI tried a route, ReDoc showed the routes; nothing was asked elsewhere")


if __name__ == "__main__":
    main()
