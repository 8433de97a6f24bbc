#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What OpenAPI asks of a document beyond its shape: references lead somewhere, ids are there once,
and each part of a path has its parameter.

usage: document_test.py CAPRICORN MODULE...
"""

import re
import sys

from document import document_of

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def target(document, reference):
    at = document
    for part in reference.removeprefix("#/").split("/"):
        at = at[part.replace("~1", "/").replace("~0", "~")]
    return at


def faults(document):
    for reference in references(document):
        try:
            target(document, reference)
        except KeyError:
            yield f"{reference} leads nowhere"
    ids = []
    for path, methods in document["paths"].items():
        named = set(re.findall(r"\{([^}]*)\}", path))
        for method, operation in methods.items():
            if method not in METHODS:
                yield f"{path}: {method} is no method of OpenAPI"
            ids.append(operation["operationId"])
            given = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            if given != named:
                yield f"{method} {path}: its parameters in the path are {sorted(given)}"
            keys = [(p["in"], p["name"]) for p in operation.get("parameters", [])]
            if len(keys) != len(set(keys)):
                yield f"{method} {path}: a parameter is there twice: {keys}"
            if not operation["responses"]:
                yield f"{method} {path} has no responses"
            for requirement in operation.get("security", []):
                for scheme in requirement:
                    if scheme not in document["components"]["securitySchemes"]:
                        yield f"{method} {path}: there is no security scheme {scheme}"
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"the operation id {one} is there twice"


def main():
    capricorn, *modules = sys.argv[1:]
    found = 0
    for module in modules:
        document = document_of(capricorn, module)
        assert document["openapi"] == "3.1.0"
        assert document["paths"], f"{module} describes no route"
        for fault in faults(document):
            found += 1
            print(f"{module}: {fault}")
        print(f"{module}: {len(document['paths'])} paths")
    # It finds what is wrong, or it would show nothing.
    broken = {"paths": {"/{a}": {"get": {"operationId": "x", "responses": {"200": {}}},
                                 "put": {"operationId": "x", "responses": {}}}},
              "x": {"$ref": "#/components/none"}}
    assert len(list(faults(broken))) == 5, list(faults(broken))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
