#!/usr/bin/env python3
"""The fast path, line by line: which lines of entry.S a call and its answer execute, in order.

fast_path.py COUNTS ROOT NM ELF [--check FILE | --write FILE]

COUNTS is kernel_counts; it runs the counting system on QEMU and says which addresses the two
passages take. Exits with 77 when QEMU is not installed, and with 1 when FILE does not say the same."""
import argparse
import re
import subprocess
import sys

PASSAGES = (("A call", "2:2"), ("Its answer", "2:3"))  # PHASE:LABEL of labels.h


def symbols_of(nm, elf):
    found = {}
    for line in subprocess.run([nm, elf], capture_output=True, text=True, check=True).stdout.splitlines():
        fields = line.split()
        if len(fields) == 3:
            found[fields[2]] = int(fields[0], 16)
    return found


def expand(lines):
    """Yields source lines with macros put in, and the macro's name."""
    macros, name, body, parameters = {}, None, [], []
    for line in lines:
        words = line.split("//")[0].split()
        if words[:1] == [".macro"]:
            name, body = words[1], []
            parameters = [word.strip(",") for word in words[2:]]
        elif words[:1] == [".endm"]:
            macros[name], name = (parameters, body), None
        elif name is not None:
            body.append(line)
        elif words and words[0] in macros:
            names, inside = macros[words[0]]
            values = [word.strip(",") for word in words[1:]]
            for inner in inside:
                for parameter, value in zip(names, values):
                    inner = inner.replace("\\" + parameter, value)
                yield inner, words[0]
        else:
            yield line, ""


def instructions_of(source, symbols):
    """address -> (line, macro, comment)."""
    at, found = None, {}
    for line, macro in expand(source.read_text().splitlines()):
        code, _, comment = line.partition("//")
        code = code.strip()
        while match := re.match(r"(\w+):\s*", code):
            at = symbols.get(match[1], at)
            code = code[match.end():]
        if not code or code.startswith(".") or at is None:
            continue
        found[at] = (re.sub(r"\s+", " ", code), macro, comment.strip())
        at += 4
    return found


def passage(counts, root, which):
    run = subprocess.run([counts, "--root", root, "--show", which], capture_output=True, text=True)
    if run.returncode == 77:
        print(run.stdout.strip())
        sys.exit(77)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return [int(line.split()[0], 16) for line in run.stdout.splitlines()]


def page(arguments):
    import pathlib

    root = pathlib.Path(arguments.root)
    known = instructions_of(root / "kernel/arch/armv7a/entry.S", symbols_of(arguments.nm, arguments.elf))
    out = [
        "# The fast path, line by line",
        "",
        "What the kernel executes of `kernel/arch/armv7a/entry.S` for a call without pages to a server that waits in another address",
        "space, and for its answer: every instruction, in order, as seen on QEMU's i.MX 6UL. docs/kernel.md says what it is about.",
        "Made by `bench/kernel/fast_path.py`; the test `kernel_fast_path_listing` fails when this page is not what runs.",
    ]
    total = 0
    for title, which in PASSAGES:
        addresses = passage(arguments.counts, arguments.root, which)
        total += len(addresses)
        out += ["", f"## {title}: {len(addresses)} instructions", "", "| # | instruction | macro | why |", "|---|---|---|---|"]
        for number, address in enumerate(addresses, 1):
            if address not in known:
                sys.exit(f"fast_path.py: {address:#x} is not in entry.S: this is not the fast path")
            code, macro, comment = known[address]
            out.append(f"| {number} | `{code}` | {f'`{macro}`' if macro else ''} | {comment} |")
    out += ["", f"Both together: {total}.", ""]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("counts", "root", "nm", "elf"):
        parser.add_argument(name)
    parser.add_argument("--check")
    parser.add_argument("--write")
    arguments = parser.parse_args()
    text = page(arguments)
    if arguments.write:
        open(arguments.write, "w").write(text)
    elif not arguments.check:
        print(text)
    elif open(arguments.check).read() != text:
        sys.exit(
            f"{arguments.check} is not what runs; make it anew:\n"
            "  bench/kernel/fast_path.py build/host/bench/kernel/kernel_counts . arm-none-eabi-nm "
            f"{arguments.elf} --write {arguments.check}"
        )


if __name__ == "__main__":
    main()
