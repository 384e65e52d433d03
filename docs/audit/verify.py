#!/usr/bin/env python3
"""Recomputes an export of the audit trail: verify.py FILE. Ends with 0 when every hash and link holds, else with 1."""
import hashlib, json, struct, sys


def text(value):
    if value is None:
        return b"\xff\xff\xff\xff"
    data = value.encode("utf-8")
    return struct.pack(">I", len(data)) + data


def digest(row):
    details = row["details"]  # pairs, in the order of the file
    data = b"seaworthy-audit-1\n" + struct.pack(">qq", row["sequence"], row["nanoseconds"])
    previous = bytes.fromhex(row["previous"])
    data += struct.pack(">I", len(previous)) + previous
    data += text(row["kind"]) + text(row.get("actor")) + text(row.get("subject")) + struct.pack(">I", len(details))
    return hashlib.sha256(data + b"".join(text(name) + text(value) for name, value in details)).hexdigest()


def pairs(items):
    row = dict(items)
    return row if "previous" in row or "trailer" in row else items


rows, last = 0, None
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line, object_pairs_hook=pairs)
    if row.get("trailer"):
        whole = row["entries"] == rows and (last is None or row["hash"] == last["hash"])
        sys.exit(0 if whole else f"the trailer says {row['entries']} rows, here are {rows}")
    if digest(row) != row["hash"]:
        sys.exit(f"row {row['sequence']}: its hash doesn't fit")
    if last and (row["sequence"] != last["sequence"] + 1 or row["previous"] != last["hash"]):
        sys.exit(f"row {row['sequence']}: doesn't follow row {last['sequence']}")
    rows, last = rows + 1, row
sys.exit("the file was cut off: it has no trailer")
