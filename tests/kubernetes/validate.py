"""Holds manifests against Kubernetes' schemas, unknown fields too: `validate.py FILE…`, one line a mistake."""

import sys

import kubernetes_validate
import yaml

VERSION = "1.37"


def main(paths: list[str]) -> int:
    mistakes = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for document in yaml.safe_load_all(file):
                name = f"{document['kind']} {document['metadata']['name']}"
                try:
                    kubernetes_validate.validate(document, VERSION, strict=True)
                except kubernetes_validate.ValidationError as error:
                    mistakes += 1
                    place = ".".join(str(part) for part in error.path)
                    print(f"{path}: {name}: {place}: {error.message}")
                else:
                    print(f"{path}: {name}: ok")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
