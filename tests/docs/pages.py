# SPDX-License-Identifier: MIT
"""What the pages under docs/ hold that can be checked.

A ```cpp block that begins with an #include is a whole: one with `int main` is a program, any other a
module, which ends with CAPRICORN_APP. Any other ```cpp block is a piece of a whole of its page or of
a file of examples/. In a ```console block each line that begins with "$ " is a command, the others
are what it prints; the commands talk to the whole above them, on http://127.0.0.1:8000 where that is
a module. `<!-- serves examples/FILE.so -->` puts an example's module in its place; with
`<!-- serves FILE.so with NAME=VALUE -->` the server, not the commands, has that in its environment.
In the output a line "..." stands for any lines, and "..." in a line for any text. A ```sh block is
only read.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```"
    r"|^<!-- serves (?P<module>\S+)(?: with (?P<environment>[^\n]*?))? -->$", re.M | re.S)


@dataclass
class Command:
    line: int
    text: str
    output: list


@dataclass
class Whole:
    page: Path
    line: int      # of its first line in the page
    name: str      # of the application in the module, or of the program
    code: str
    module: str = ""  # of an example: the file that is served instead
    environment: dict = field(default_factory=dict)
    commands: list = field(default_factory=list)

    @property
    def is_program(self):
        return re.search(r"^int main\(", self.code, re.M) is not None


@dataclass
class Page:
    path: Path
    wholes: list
    pieces: list  # (line, code)


def compiled_pages():
    """Those whose wholes are compiled, and whose commands are run."""
    return sorted((ROOT / "docs/tutorial").glob("*.md")) + [
        ROOT / "docs/coming-from-fastapi.md", ROOT / "docs/forms.md",
        ROOT / "docs/server-sent-events.md", ROOT / "examples/shop/README.md"]


def read_commands(line, text):
    commands = []
    for number, content in enumerate(text.split("\n")[:-1], line):
        if content.startswith("$ "):
            commands.append(Command(number, content[2:], []))
        elif commands and commands[-1].text.endswith("\\"):
            commands[-1].text += "\n" + content
        elif commands:
            commands[-1].output.append(content)
    return commands


def read_page(path):
    page = Page(path, [], [])
    text = path.read_text(encoding="utf-8")
    stem = re.sub(r"\W", "_", path.stem)
    for block in FENCE.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        code = block["text"] or ""
        if block["module"]:
            page.wholes.append(Whole(path, line, "", "", block["module"], dict(
                setting.split("=", 1) for setting in (block["environment"] or "").split())))
        elif block["language"] == "cpp" and code.startswith("#include"):
            page.wholes.append(Whole(path, line, f"{stem}_{len(page.wholes) + 1}", code))
        elif block["language"] == "cpp":
            page.pieces.append((line, code))
        elif block["language"] == "console":
            commands = read_commands(line, code)
            if not page.wholes or not commands:
                raise SystemExit(f"{path}:{line}: a console needs a whole above it, and a command")
            page.wholes[-1].commands += commands
    return page


def compiled_wholes():
    return [whole for path in compiled_pages() for whole in read_page(path).wholes
            if not whole.module]


if __name__ == "__main__":
    print(*compiled_pages(), sep="\n")
