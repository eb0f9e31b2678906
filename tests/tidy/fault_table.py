"""Whether everything exists that tests/faults.md names: tests, faults of the simulation, mutations, switches."""

import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parents[1]
TABLE = TESTS / "faults.md"


def cases_of(file: pathlib.Path) -> set:
    """The names of a file's tests; a Python test's words stand with _ between them."""
    text = file.read_text()
    if file.suffix == ".py":
        return set(re.findall(r"^    def test_(\w+)\(", text, re.M))
    literals = re.findall(r'\bTEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text)
    return {re.sub(r'"\s*"', "", literal.strip())[1:-1].replace('\\"', '"') for literal in literals}


def simulated() -> set:
    """What can be named in the last column."""
    fields = re.sub(r"//.*", "", (TESTS / "simulation" / "faults.hpp").read_text())
    names = set(re.findall(r"\b([a-z_0-9]+)\s*(?:=|\{)", fields))
    names |= {patch.stem for patch in (TESTS / "simulation" / "mutations").glob("*.patch")}
    switches = (TESTS.parent / "net" / "simulated_carrier" / "faults.cpp").read_text()
    return names | set(re.findall(r'\{f::\w+, "(\w+)"', switches))


def rows() -> list:
    """(line number, tests, simulated) of each row below a table's head."""
    found, in_table = [], False
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
        if in_table and cells:
            found.append((number, cells[1].split("<br>") if len(cells) > 1 else [],
                          re.findall(r"`(\w+)`", cells[2]) if len(cells) > 2 else []))
        in_table = bool(cells) and (in_table or set(line) <= set("|- "))
    return found


def missing() -> list:
    known, playable, findings, covered = {}, simulated(), [], rows()
    for number, tests, played in covered:
        where = f"tests/faults.md:{number}"
        for test in tests:
            named = re.fullmatch(r"`([\w/]+\.(?:cpp|py))` (.+)", test)
            if not named or not (TESTS / named[1]).is_file():
                findings.append(f"{where}: names no test: {test!r}")
                continue
            file, name = TESTS / named[1], named[2]
            if file not in known:
                known[file] = cases_of(file)
            if file.suffix == ".py":
                name = re.sub(r"[^a-z0-9]+", "_", name.lower())
            if name not in known[file]:
                findings.append(f"{where}: {named[1]} has no test {named[2]!r}")
        findings += [f"{where}: nothing plays {name!r}" for name in played if name not in playable]
    return findings if covered else ["tests/faults.md: holds no table"]
