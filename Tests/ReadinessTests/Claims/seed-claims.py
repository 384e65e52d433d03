#!/usr/bin/env python3
"""Alters true statements in the documents of repositories and counts how many `seaworthy claims` finds.

    Tests/ReadinessTests/Claims/seed-claims.py [--program PATH] [--most 4] FOLDER...

Each FOLDER is a repository. A statement is taken only where the source bears it out in a plain way (a route's own
line, a file that exists, a setting that is read), is altered in a copy, and counts as found when a finding stands in its line that wasn't there before.
Prints a table of kinds: altered, found.
"""
import argparse, json, os, random, re, shutil, subprocess, sys, tempfile
from collections import Counter

SKIP = re.compile(r"changelog|changes|history|news|release|migrat|roadmap|todo|plan|license|template|skill|prompt|tutorial|examples/|agents/|contrib/", re.I)


def documents(root):
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if n not in (".git", "node_modules", "dist", "vendor", "target")]
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.lower().endswith(".md") and not SKIP.search(path):
                yield path


def words(root):
    seen = set()
    for folder, _, files in os.walk(root):
        for name in files:
            if name.lower().endswith((".md", ".txt", ".rst")) or name == "PKG-INFO" or "egg-info" in folder:
                continue
            path = os.path.join(folder, name)
            if os.path.getsize(path) < 1_000_000:
                with open(path, errors="replace") as file:
                    seen.update(re.findall(r"[A-Za-z0-9_-]+", file.read().lower()))
    return seen


def run(program, root):
    out = subprocess.run([program, "claims", root, "--format", "json"], capture_output=True, text=True)
    try:
        return {(f["file"], f["line"], f["kind"]) for f in json.loads(out.stdout)["findings"]}
    except ValueError:
        return set()


def seeds(root):
    """(document, line, kind, new line)"""
    known = words(root)
    is_package = os.path.exists(os.path.join(root, "PKG-INFO")) and not os.path.exists(os.path.join(root, ".github"))
    top = open(os.path.join(root, "pyproject.toml"), errors="replace").read() if os.path.exists(os.path.join(root, "pyproject.toml")) else ""
    for path in documents(root):
        with open(os.path.join(root, path), errors="replace", newline="") as file:
            lines = file.read().split("\n")
        code = None
        for number, line in enumerate(lines):
            if line.strip().startswith("```"):
                code = None if code is not None else line.strip()[3:].strip().lower()
                continue
            hit = re.search(r"\b(GET|POST|PUT|PATCH|DELETE)\b[ `|*]{1,4}(/[a-z0-9_/{}-]+)", line)
            if hit and code in (None, "", "http", "text"):
                last = [p for p in hit[2].split("/") if p and "{" not in p]
                if last and last[-1] in known and len(last[-1]) > 3:
                    yield path, number, "endpoint", line.replace(hit[2], hit[2].replace(last[-1], last[-1] + "-ledger"), 1)
                    other = "PATCH" if hit[1] != "PATCH" else "DELETE"
                    yield path, number, "method", line.replace(hit[1], other, 1)
            hit = re.match(r"\s*(?:export )?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=", line)
            if hit and code in ("bash", "sh", "env", "dotenv", "") and hit[1].lower() in known:
                yield path, number, "variable", line.replace(hit[1], hit[1].split("_")[0] + "_QUORUM_LEDGER", 1)
            hit = re.search(r"`((?:src|app|tests|scripts|docs|config|backend|lib)/[\w./-]+\.\w{2,4})`", line)
            if hit and os.path.exists(os.path.join(root, hit[1])) and code is None and not is_package:
                stem, ending = os.path.splitext(hit[1])
                yield path, number, "file", line.replace(hit[1], stem + "_gone" + ending, 1)
            hit = re.search(r"\]\(([\w./-]+\.(?:md|py|ts|js|ya?ml))\)", line)
            if hit and code is None and not is_package and os.path.exists(os.path.join(root, os.path.dirname(path), hit[1])):
                stem, ending = os.path.splitext(hit[1])
                yield path, number, "link", line.replace("](" + hit[1], "](" + stem + "-gone" + ending, 1)
            hit = re.match(r".*[├└]── ([\w-]+\.(?:py|ts|tsx|js|go|md|yml|sh))\b", line)
            if hit and not is_package:
                yield path, number, "tree", line.replace(hit[1], "gone_" + hit[1], 1)
            hit = re.search(r"python[ -]v?(3\.(\d+))(\+|%2B)", line, re.I)
            if hit and code is None and re.search(r"requires-python.*>=\s*" + re.escape(hit[1]), top):
                yield path, number, "requirement", line.replace(hit[1], "3.%d" % (int(hit[2]) - 2), 1)
            if code is None and "/" not in path and re.search(r"badge/licen[sc]e-MIT|^MIT(?: License)?\.?$", line, re.I) and os.path.exists(os.path.join(root, "LICENSE")):
                yield path, number, "licence", line.replace("MIT", "GPLv3")
            hit = re.search(r"\b(make|npm run) ([a-z][a-z:-]+)\b", line)
            if hit and (code in ("bash", "sh", "") or "`" + hit[0] in line) and line.strip() == hit[0]:
                yield path, number, "command", line.replace(hit[2], hit[2] + "-gone", 1)
            hit = re.match(r"\s*(?:\$ )?(?:uv run )?([a-z][\w-]+) .*(--[a-z][a-z-]{3,})", line)
            if hit and code in ("bash", "sh", "console", "") and re.search(r"^\"?" + re.escape(hit[1]) + r"\"?\s*=", top, re.M) and hit[2][2:].replace("-", "_") in known | {k.replace("-", "_") for k in known}:
                yield path, number, "flag", line.replace(hit[2], hit[2] + "-quorum", 1)
            hit = re.match(r"from (\w+)[\w.]* import (\w{4,})\s*$", line)
            if hit and code in ("python", "py") and (os.path.exists(os.path.join(root, hit[1], "__init__.py")) or os.path.exists(os.path.join(root, "src", hit[1], "__init__.py"))) and hit[2].lower() in known:
                yield path, number, "import", line.replace(hit[2], hit[2] + "Ledger", 1)
            hit = re.search(r"\b(Redis|PostgreSQL|SQLite|FastAPI|Django|Flask|Celery|React|Docker)\b", line)
            if hit and code is None and re.search(r"built with|built on|powered by|written in|^\s*[-*] (?:\*\*|✅)", line, re.I):
                yield path, number, "technology", line.replace(hit[1], "Apache Cassandra", 1)
            hit = re.search(r"\b(\d{2,4})\+? (?:unit |passing |automated )?tests\b", line)
            if hit and code is None and not is_package:
                yield path, number, "tests", line.replace(hit[1], str(int(hit[1]) * 9), 1)


def main():
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--program", default=".build/debug/seaworthy")
    reader.add_argument("--most", type=int, default=4, help="of one kind in one repository")
    reader.add_argument("folders", nargs="+")
    given = reader.parse_args()
    altered, found, repositories, missed = Counter(), Counter(), set(), []
    for root in given.folders:
        chosen, count = [], Counter()
        everything = list(seeds(root))
        random.Random(os.path.basename(root.rstrip("/"))).shuffle(everything)
        for seed in everything:
            if count[seed[2]] < given.most:
                count[seed[2]] += 1
                chosen.append(seed)
        if not chosen:
            continue
        before = run(given.program, root)
        with tempfile.TemporaryDirectory() as place:
            copy = os.path.join(place, "copy")
            shutil.copytree(root, copy, symlinks=True)
            # One at a time in a line, several documents' lines at once would hide each other behind the guards.
            while chosen:
                batch, rest, lines_taken = [], [], set()
                for seed in chosen:
                    if seed[2] in {b[2] for b in batch} or (seed[0], seed[1]) in lines_taken:
                        rest.append(seed)
                    else:
                        batch.append(seed)
                        lines_taken.add((seed[0], seed[1]))
                chosen = rest
                for path in {b[0] for b in batch}:
                    with open(os.path.join(root, path), errors="replace", newline="") as file:
                        lines = file.read().split("\n")
                    for seed in batch:
                        if seed[0] == path:
                            lines[seed[1]] = seed[3]
                    with open(os.path.join(copy, path), "w", newline="") as file:
                        file.write("\n".join(lines))
                new = {(f, l) for f, l, _ in run(given.program, copy) - before}
                for path, number, kind, text in batch:
                    altered[kind] += 1
                    repositories.add(root)
                    if (path, number + 1) in new:
                        found[kind] += 1
                    else:
                        missed.append(f"{os.path.basename(root.rstrip('/'))} {path}:{number + 1} {kind}: {text.strip()[:110]}")
                    shutil.copyfile(os.path.join(root, path), os.path.join(copy, path))
    print("| kind | altered | found |\n|---|---|---|")
    for kind in sorted(altered):
        print(f"| {kind} | {altered[kind]} | {found[kind]} |")
    print(f"| all, in {len(repositories)} repositories | {sum(altered.values())} | {sum(found.values())} |")
    for line in missed:
        print("missed:", line, file=sys.stderr)


main()
