#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What others make of our documents, with programs from the npm registry: a validator finds nothing
wrong, openapi-typescript writes types, and a client that uses them compiles and gets its answers.

usage: clients_test.py CAPRICORN DEMO MODULE FOLDER      (FOLDER keeps the programs)

Exit code 77, which Meson counts as skipped, where npm or its registry is out of reach.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from document import document_of, served

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = """
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });

const user = await client.GET("/users/{user_id}", { params: { path: { user_id: 7 } } });
if (!user.data) throw new Error("no user");
const id: number = user.data.id;
const name: string = user.data.name;

const item: components["schemas"]["Item"] = { name: "cup", price: 2.5 };
const created = await client.POST("/items", { body: item });

const slept = await client.GET("/sleep", { params: { query: { ms: -1 } } });
const faults = slept.error?.detail ?? [];

console.log(JSON.stringify({ id, name, created: created.response.status, fault: faults[0]?.loc }));
"""
MISTAKE = """
import createClient from "openapi-fetch";
import type { paths } from "./api.js";
const client = createClient<paths>({ baseUrl: "http://localhost" });
await client.GET("/users/{user_id}", { params: { path: { user_id: "seven" } } });
"""
VALIDATE = """
import { Validator } from "@seriousme/openapi-schema-validator";
import { readFileSync } from "node:fs";
for (const name of process.argv.slice(2)) {
  const result = await new Validator().validate(JSON.parse(readFileSync(name, "utf8")));
  if (!result.valid) {
    console.error(name + ": " + JSON.stringify(result.errors, null, 1));
    process.exit(1);
  }
}
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def install(folder):
    """The packages of package-lock.json; kept for the next run."""
    if not shutil.which("npm") or not shutil.which("node"):
        skip("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = folder / "installed-lock.json"
    if stamp.is_file() and stamp.read_bytes() == lock:
        return
    for name in ["package.json", "package-lock.json"]:
        shutil.copy(HERE / name, folder)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout)
        # What is reached and does not fit its checksum is no lack of a network.
        if "EINTEGRITY" in done.stdout:
            sys.exit(1)
        skip("npm could not install package-lock.json: is there a network?")
    stamp.write_bytes(lock)


def run(folder, *command, **options):
    return subprocess.run(command, cwd=folder, check=True, text=True, timeout=120, **options)


def compile_client(folder, name, source):
    (folder / f"{name}.ts").write_text(source, encoding="utf-8")
    done = subprocess.run(["npx", "tsc", "--strict", "--target", "es2022", "--module", "nodenext",
                           "--skipLibCheck", f"{name}.ts", "globals.d.ts"],
                          cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    return done.returncode == 0, done.stdout


def main():
    *programs, kept = sys.argv[1:]
    capricorn, demo, module = (os.path.abspath(program) for program in programs)
    folder = pathlib.Path(kept).resolve()
    install(folder)

    for name, program in [("demo", demo), ("module", module)]:
        (folder / f"{name}.json").write_text(json.dumps(document_of(capricorn, program)),
                                             encoding="utf-8")
    shutil.copy(HERE.parent / "handlers/openapi/fastapi/app.json", folder / "shop.json")
    (folder / "broken.json").write_text('{"openapi": "3.1.0", "info": {}, "paths": {}}',
                                        encoding="utf-8")
    (folder / "validate.mjs").write_text(VALIDATE, encoding="utf-8")
    # The one of the comparison with FastAPI is ours as well, word for word.
    run(folder, "node", "validate.mjs", "demo.json", "module.json", "shop.json")
    refused = subprocess.run(["node", "validate.mjs", "broken.json"], cwd=folder, check=False,
                             stderr=subprocess.DEVNULL)
    assert refused.returncode == 1, "the validator accepts anything"

    run(folder, "npx", "openapi-typescript", "demo.json", "-o", "api.d.ts")
    (folder / "globals.d.ts").write_text("declare const process: { argv: string[] };\n",
                                         encoding="utf-8")
    compiled, errors = compile_client(folder, "client", CLIENT)
    assert compiled, errors
    compiled, errors = compile_client(folder, "mistake", MISTAKE)
    assert not compiled and "'string' is not assignable to type 'number'" in errors, errors

    with served(capricorn, demo) as url:
        answer = json.loads(run(folder, "node", "client.js", url, stdout=subprocess.PIPE).stdout)
    print(answer)
    assert answer == {"id": 7, "name": "Alice", "created": 201, "fault": ["query", "ms"]}


if __name__ == "__main__":
    main()
