#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes capricorn(1) from what the program says of itself: its --help and its settings.

    manpage.py CAPRICORN > capricorn.1
"""

import re
import subprocess
import sys

EXIT_CODES = [("0", "done"), ("1", "a bad option, or an address that is in use"),
              ("3", "the application failed to load or to start")]
SIGNALS = [("SIGTERM, SIGINT", "answer what was accepted, then end; the second time at once"),
           ("SIGHUP", "replace the workers one by one, with new code and configuration; one process without "
                     "workers reads its TLS certificates again"),
           ("SIGUSR1", "open the log files again"),
           ("SIGUSR2", "hand the sockets to a new binary"),
           ("SIGTTIN, SIGTTOU", "a worker more, or less"),
           ("SIGQUIT", "report every task")]


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def tagged(rows):
    return "".join(f".TP\n.B {roff(tag)}\n{roff(text)}\n" for tag, text in rows)


def main():
    program = sys.argv[1]

    def ask(*arguments):
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout

    version = re.search(r"capricorn (\S+)", ask("--version")).group(1)
    text = ask("--help")
    commands = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.M).group(1)
    groups = text[text.index("\n\n", text.index("[brackets]")):]
    print(f'.TH CAPRICORN 1 "" "capricorn {version}" "User commands"')
    print(".SH NAME\ncapricorn \\- serve C++ applications over HTTP")
    print(".SH SYNOPSIS\n.B capricorn\n[OPTIONS] APP\n.br\n.B capricorn\nCOMMAND ...")
    print(".SH DESCRIPTION\nServes APP, a shared object " + roff("path.so[:name]") +
          ", with Uvicorn's options, log lines and exit codes.")
    print(".SH COMMANDS\n" + tagged(
        re.match(r"  (\S+(?: \S+)*?)  +(.*)", line).groups() for line in commands.splitlines()))
    print(".SH OPTIONS\nEach is read from the environment too, "
          + roff("--log-level as CAPRICORN_LOG_LEVEL, and from the file of --config, as log_level."))
    # A title, then its options, each with lines that are set in.
    for line in groups.strip("\n").splitlines():
        if title := re.fullmatch(r"(\S.*):", line):
            print(f'.SS "{roff(title.group(1))}"')
        elif option := re.fullmatch(r"  (-\S+(?: \S+)*?)(?:  +(.*))?", line):
            print(f".TP\n.B {roff(option.group(1))}")
            if option.group(2):
                print(roff(option.group(2)))
        elif line.strip():
            print(roff(line.strip()))
    print(".SH SIGNALS\n" + tagged(SIGNALS))
    print(".SH EXIT STATUS\n" + tagged(EXIT_CODES))


if __name__ == "__main__":
    main()
