# SPDX-License-Identifier: MIT
"""What the programs share: where things are, how they speak, how they read their options."""
import argparse
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

LOADTEST = Path(__file__).resolve().parent.parent
ROOT = LOADTEST.parent
DESCRIPTORS = 65_536  # more than any scenario needs
TERMINATED = 143


def say(text):
    print(text, file=sys.stderr, flush=True)


class Interruption:
    """Ctrl-C and SIGTERM within it end what is measured and not the program, which still writes what
    it has by then; `code` is what it ends with, and 0 where nothing of the kind came."""
    code = 0

    def __enter__(self):
        return self

    def __exit__(self, _kind, error, _trace):
        if isinstance(error, KeyboardInterrupt):
            self.code = 130
        elif isinstance(error, SystemExit) and error.code == TERMINATED:
            self.code = TERMINATED
        if self.code:
            say("Interrupted.")
        return bool(self.code)


def need(*tools):
    """Ends the program where one of them is not installed."""
    if missing := [tool for tool in tools if not shutil.which(tool)]:
        sys.exit(f"Please install {' and '.join(missing)}.")


# What Ninja calls them, and where they are then.
PROGRAMS = {"load_client": "loadtest/client/load", "load_application": "loadtest/peers/capricorn/bench.so"}


def unbuilt(build, *targets):
    """The end of a sentence, where one of them is not built."""
    missing = [target for target in targets if not (build / PROGRAMS.get(target, target)).exists()]
    return f"not built (ninja -C {build} {' '.join(missing)})" if missing else None


def need_built(build, *targets):
    """Ends the program where one of them is not there."""
    if sentence := unbuilt(build, *targets):
        sys.exit(f"What is to be measured is {sentence}.")


def raise_descriptor_limit():
    """A connection takes one at each end, and a login's shell has often no more than 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run_program(main):
    """Runs a program's `main`. SIGTERM and Ctrl-C end it as an error does, with all that it has
    started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    raise_descriptor_limit()
    try:
        sys.exit(main())
    except RuntimeError as error:  # a server that does not start, or ends
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def choice(names, groups=()):
    """Parses a list of names; a group's name stands for its members."""
    groups = dict(groups)

    def parse(text):
        chosen = []
        for name in (part.strip() for part in text.split(",")):
            if name not in names and name not in groups:
                known = ", ".join([*groups, *names])
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there are {known}")
            chosen += [member for member in groups.get(name, [name]) if member not in chosen]
        return chosen
    return parse


def add_build(parser):
    parser.add_argument("--build", type=build_folder, default=str(ROOT / "build"), metavar="FOLDER",
                        help="where capricorn is built [build]")


def add_results(parser, folder="results", page="docs/performance.md", figure=False):
    """Where a program leaves what it found."""
    parser.add_argument("--output", type=output_folder, default=str(LOADTEST / folder), metavar="FOLDER",
                        help=f"[loadtest/{folder}]")
    parser.add_argument("--document", type=document, metavar="FILE.md",
                        help=f"put the tables between its marks, as {page} has them")
    if figure:
        parser.add_argument("--figure", type=new_file, metavar="FILE.svg", help="a copy of the picture")


def cores(text):
    """Parses two numbers, such as "0,1": the server's core and the client's."""
    found = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if len(found) != 2 or text.count(",") != 1:
        raise argparse.ArgumentTypeError(f"expected two numbers, such as 0,1, but got {text!r}")
    if not set(found) <= os.sched_getaffinity(0):
        raise argparse.ArgumentTypeError(
            f"{text} are not both among the cores that are ours: "
            f"{','.join(map(str, sorted(os.sched_getaffinity(0))))}")
    return tuple(found)


def document(text):
    """Parses the name of a page that is there: to find that out at last would cost the run."""
    if not (path := Path(text)).is_file():
        raise argparse.ArgumentTypeError(f"there is no {text}")
    return path


def new_file(text):
    if not (path := Path(text)).parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def build_folder(text):
    """Parses the name of one that is there: without, a run would measure all but what it is for."""
    if not (path := Path(text)).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path.absolute()


def output_folder(text):
    """Parses the name of a folder that is there or can be made."""
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from error
    return path


def positive(text):
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, but got {text!r}")
    return int(text)
