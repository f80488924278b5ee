"""Checks JSON documents against a schema: validate.py SCHEMA DOCUMENT …; exit 77 without jsonschema."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    validator = jsonschema.Draft7Validator(json.load(file))
status = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        document = json.load(file, parse_constant=lambda name: sys.exit(f"{path}: {name}"))
    for fault in list(validator.iter_errors(document))[:5]:
        print(f"{path}: {'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}")
        status = 1
sys.exit(status)
