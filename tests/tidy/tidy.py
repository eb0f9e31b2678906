"""What the project agreed on and a machine can see: layers, lengths, words. Every finding is a failure."""

import pathlib
import re
import shutil
import subprocess
import sys

import fault_table

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_LINES = 400

# folder: what its files may not include, and why
LAYERS = {
    "actors": (r"(pqxx|boost/(beast|asio)|db/|net/|config/|libpq)", "actors/ knows nothing of the outside"),
    "db": (r"(boost/(beast|asio)|net/|config/)", "db/ and net/ don't know each other"),
    "net": (r"(pqxx|libpq|db/|config/)", "db/ and net/ don't know each other"),
}
# (what, in which files, why)
WORDS = [
    (r"catch\s*\(\s*\.\.\.\s*\)", r"\.[ch]pp$", "hides errors: catch what is meant"),
    # tests/http/ plays slow peers: there the time between two bytes is the input.
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\s*\(|\bnanosleep\s*\(", r"^(?!tests/http/).*\.[ch]pp$",
     "waits for time instead of for an event"),
    (r"\b(TODO|FIXME|XXX|HACK)\b", r".", "left undone"),
    (r"(?m)^(<{7}|>{7}) ", r".", "a merge that nobody finished"),
    (r"(?<![\w./$])/(home|work|Users)/\w", r".", "a path of one machine"),
    (r"\bstd::optional\b", r"_messages\.hpp$", "CAF can't carry it in a message: caf::optional"),
]
OWN = "tests/tidy/tidy.py"  # holds the words themselves


def tracked() -> list:
    """The project's files: those of version control, or all but what is made here."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
                            text=True, capture_output=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()
                 and p.relative_to(ROOT).parts[0] not in (".git", "build", "var", "logs")]
    return sorted(name for name in set(names) if (ROOT / name).is_file())


def text_of(name: str) -> str:
    if name.endswith(".png"):  # a picture holds no words
        return ""
    return (ROOT / name).read_bytes().decode("utf-8", "replace")


def layer_findings(name: str, text: str) -> list:
    rule = LAYERS.get(name.split("/")[0])
    if not rule or not re.search(r"\.[ch]pp$", name):
        return []
    return [f"{name}:{text.count(chr(10), 0, m.start()) + 1}: includes {m.group(1)}: {rule[1]}"
            for m in re.finditer(rf'^\s*#\s*include\s*[<"]{rule[0]}', text, re.M)]


def word_findings(name: str, text: str) -> list:
    findings = []
    for pattern, files, why in WORDS:
        if name != OWN and re.search(files, name):
            findings += [f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m.group(0)!r}: {why}"
                         for m in re.finditer(pattern, text)]
    return findings


def length_findings(name: str, text: str) -> list:
    lines = text.count("\n")
    if re.search(r"\.([ch]pp|py|sh|js|css)$", name) and lines > MOST_LINES:
        return [f"{name}: {lines} lines, over {MOST_LINES}: is it still one thing?"]
    return []


def test_findings(name: str, text: str) -> list:
    if name.startswith("tests/") and re.search(r"\b(TEST_CASE|SCENARIO)\b", text):
        if not re.search(r"\b(REQUIRE|CHECK|RC_ASSERT)", text):
            return [f"{name}: tests that assert nothing"]
    return []


def run_bit_findings(names: list) -> list:
    return [f"{name}: is no program: its run bit is missing" for name in names
            if text_of(name).startswith("#!") and not (ROOT / name).stat().st_mode & 0o100]


def format_findings(names: list) -> list:
    program = shutil.which("clang-format")
    if not program:
        print("clang-format is not installed (scripts/packages --dev): the format was not checked")
        return []
    sources = [name for name in names if re.search(r"\.[ch]pp$", name)]
    checked = subprocess.run([program, "--dry-run", *sources], cwd=ROOT, text=True, capture_output=True)
    ugly = sorted(set(re.findall(r"^(\S+?):\d+:\d+: warning: code should be clang-formatted",
                                 checked.stderr, re.M)))
    return [f"{name}: not formatted: clang-format -i {name}" for name in ugly]


def mutation_findings(names: list) -> list:
    """A planted fault that does not fit the code any more proves nothing."""
    if not shutil.which("patch"):
        print("patch is not installed: whether the mutations still fit was not checked")
        return []
    patches = [name for name in names if re.search(r"mutations/.*\.patch$", name)]
    return [f"{name}: does not fit the code any more" for name in patches
            if subprocess.run(["patch", "-p1", "--dry-run", "--forward", "-s", "-i", name], cwd=ROOT,
                              capture_output=True).returncode != 0]


def main() -> int:
    names = tracked()
    findings = run_bit_findings(names) + format_findings(names) + fault_table.missing()
    findings += mutation_findings(names)
    for name in names:
        text = text_of(name)
        for look in (layer_findings, word_findings, length_findings, test_findings):
            findings += look(name, text)
    print("\n".join(findings) or f"{len(names)} files are in order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
