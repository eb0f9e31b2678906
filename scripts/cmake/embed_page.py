"""Writes a C++ source that holds the files of a folder, as they are and compressed:
embed_page.py FOLDER OUTPUT"""

import gzip
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def array(name: str, content: bytes) -> str:
    numbers = ",".join(map(str, content))
    return f"const unsigned char {name}[] = {{{numbers}}};\n"


def main() -> int:
    folder, output = map(pathlib.Path, sys.argv[1:])
    arrays, entries = [], []
    for number, file in enumerate(sorted(folder.iterdir())):
        plain = file.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0)
        tag = hashlib.sha256(plain).hexdigest()[:16]
        arrays += [array(f"plain_{number}", plain), array(f"packed_{number}", packed)]
        entries.append(f'    {{"{file.name}", "{TYPES[file.suffix]}", "\\"{tag}\\"", '
                       f"{{reinterpret_cast<const char*>(plain_{number}), {len(plain)}}}, "
                       f"{{reinterpret_cast<const char*>(packed_{number}), {len(packed)}}}}},\n")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text('#include "net/dashboard/page_files.hpp"\n\nnamespace ringmaster::net {\nnamespace {\n'
                      + "".join(arrays) + "} // namespace\n\nconst std::vector<page_file>& page_files() {\n"
                      "  static const std::vector<page_file> all{\n" + "".join(entries)
                      + "  };\n  return all;\n}\n\n} // namespace ringmaster::net\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
