#!/usr/bin/env python3
"""The deepest use of the kernel's stack, from the linked program's disassembly.

stack_depth.py OBJDUMP ELF ROOT... [--limit BYTES] [--table SYMBOL]

Follows every branch and call from each ROOT function. A `blx` or `bx` to a register is a call of the
system-call table: of every function that the words of SYMBOL point to. Prints the depth and the path;
fails when it is over the limit, when functions call each other in a circle, and when it meets a call
or a change of the stack pointer that it cannot follow."""
import argparse
import re
import subprocess
import sys

REGISTER_LIST = re.compile(r"\{([^}]*)\}")
NAMED = {"sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15}
CONDITIONS = "eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al"


class Fault(Exception):
    pass


def run(*command, check=True):
    return subprocess.run(command, capture_output=True, text=True, check=check).stdout


def registers_in(text):
    count = 0
    for part in REGISTER_LIST.search(text).group(1).split(","):
        ends = [NAMED[p] if p in NAMED else int(p[1:]) for p in part.strip().split("-")]
        count += ends[-1] - ends[0] + 1
    return count


class Program:
    def __init__(self, objdump, elf):
        self.functions = {}  # address -> name
        self.code = {}  # address -> (mnemonic, operands)
        self.symbols = {}
        for line in run(objdump, "-t", elf).splitlines():
            if m := re.match(r"([0-9a-f]{8}) .*\t([0-9a-f]{8}) (?:\.hidden )?(\S+)$", line):
                self.symbols[m[3]] = (int(m[1], 16), int(m[2], 16))
        for line in run(objdump, "-d", "--no-show-raw-insn", elf).splitlines():
            if m := re.fullmatch(r"([0-9a-f]+) <(.+)>:", line):
                self.functions[int(m[1], 16)] = m[2]
            elif m := re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*([^@;]*)", line):
                self.code[int(m[1], 16)] = (m[2], m[3].strip())
        self.words = {}  # of the constants
        for section in (".rodata", ".data"):
            for line in run(objdump, "-s", "-j", section, elf, check=False).splitlines():
                if m := re.match(r" ([0-9a-f]+) ((?:[0-9a-f]{8} ){1,4})", line):
                    for i, word in enumerate(m[2].split()):
                        value = int.from_bytes(bytes.fromhex(word), "little")
                        self.words[int(m[1], 16) + 4 * i] = value

    def table(self, symbol):
        names = [n for n in self.symbols if symbol in n]
        if len(names) != 1:
            raise Fault(f"the table of calls `{symbol}` is {len(names)} symbols")
        start, size = self.symbols[names[0]]
        words = [self.words.get(at, 0) for at in range(start, start + size, 4)]
        targets = {w for w in words if w}
        strange = [w for w in targets if w not in self.functions]
        if strange or not targets:
            raise Fault(f"`{names[0]}` holds {[hex(w) for w in strange]}, which is no function")
        return targets


class Depth:
    def __init__(self, program, table):
        self.program = program
        self.table = table
        self.known = {}  # address -> (depth, path)
        self.active = []

    def name(self, address):
        return self.program.functions.get(address, hex(address))

    def of(self, address):
        """(depth, path) of the function at `address`."""
        if address in self.known:
            return self.known[address]
        if address in self.active:
            circle = self.active[self.active.index(address):] + [address]
            raise Fault("recursion: " + " -> ".join(self.name(a) for a in circle))
        self.active.append(address)
        self.known[address] = self.walk(address)
        self.active.pop()
        return self.known[address]

    def walk(self, entry):
        deepest, path = 0, [self.name(entry)]
        seen, todo = {}, [(entry, 0)]

        def call(target, depth):
            nonlocal deepest, path
            more, inner = self.of(target)
            if depth + more > deepest:
                deepest, path = depth + more, [self.name(entry)] + inner

        while todo:
            at, depth = todo.pop()
            while True:
                if seen.get(at, -1) >= depth:
                    break
                seen[at] = depth
                if len(seen) > 100000 or depth > 1 << 20:
                    raise Fault(f"the stack of {self.name(entry)} has no end")
                if at not in self.program.code:
                    raise Fault(f"{self.name(entry)} runs into {at:#x}, which is no code")
                word, operands = self.program.code[at]
                m = re.fullmatch(rf"(push|pop|bl|blx|bx|b|sub|add|ldr|str|ldrd|strd|ldm\w*?|stm\w*?|rfe\w*|mov|udf|svc)({CONDITIONS})?", word)
                base, condition = (m[1], m[2]) if m else (word, None)
                depth = self.moved(base, operands, depth, entry, at)
                if depth > deepest:
                    deepest, path = depth, [self.name(entry)]
                target = re.match(r"(?:[0-9a-f]+) <", operands)
                target = int(operands.split()[0], 16) if target else None
                ends = False
                if base in ("bl", "blx") and target is not None:
                    call(target, depth)
                elif base == "blx" or (base == "bx" and operands != "lr"):
                    for each in self.table:
                        call(each, depth)
                    ends = base == "bx"
                elif base == "b" and target is not None:
                    if target in self.program.functions and target != entry:
                        call(target, depth)
                    else:
                        todo.append((target, depth))
                    ends = True
                elif base == "bx" or base.startswith("rfe") or base == "udf":
                    ends = True
                elif re.match(r"pc\b", operands) or re.search(r"\bpc\}", operands):
                    if base == "pop" or base.startswith("ldm") or (base == "ldr" and "[sp]" in operands):
                        ends = True
                    elif re.fullmatch(r"addls", word) and re.match(r"pc, pc, \w+, lsl #2", operands):
                        place = at + 4  # a table of branches
                        while self.program.code.get(place, ("",))[0] == "b":
                            todo.append((place, depth))
                            place += 4
                        ends, condition = True, None
                    elif not base.startswith(("push", "stm")):
                        raise Fault(f"{self.name(entry)} jumps at {at:#x}: {word} {operands}")
                if ends and not condition:
                    break
                at += 4
                if at in self.program.functions and at != entry:
                    # Falls through into the next function, or a call that never returns stood here.
                    previous = self.program.code[at - 4][0]
                    if not previous.startswith("bl"):
                        call(at, depth)
                    break
        return deepest, path

    def moved(self, base, operands, depth, entry, at):
        """The depth behind an instruction."""
        if base == "push":
            return depth + 4 * registers_in(operands)
        if base == "pop":
            return depth - 4 * registers_in(operands)
        first = operands.split(",")[0].strip()
        if base.startswith(("ldm", "stm", "vldm", "vstm", "vpush", "vpop")) and first == "sp!":
            count = registers_in(operands)
            return depth + 4 * count if base.startswith("stm") else depth - 4 * count
        if m := re.search(r"\[sp, #(-?\d+)\]!", operands):
            return depth - int(m[1])
        if m := re.search(r"\[sp\], #(-?\d+)", operands):
            return depth - int(m[1])
        if first == "sp" and base in ("sub", "add"):
            m = re.fullmatch(r"sp, (?:sp, )?#(\d+)", operands.split("@")[0].strip())
            if m is None:
                raise Fault(f"{self.name(entry)} moves the stack at {at:#x}: {base} {operands}")
            return depth + int(m[1]) if base == "sub" else depth - int(m[1])
        if first == "sp" and base in ("mov", "ldr", "bic", "and", "orr"):
            raise Fault(f"{self.name(entry)} sets the stack at {at:#x}: {base} {operands}")
        return depth


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("objdump")
    parser.add_argument("elf")
    parser.add_argument("roots", nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--table")
    arguments = parser.parse_args()
    sys.setrecursionlimit(10000)
    try:
        program = Program(arguments.objdump, arguments.elf)
        limit = arguments.limit
        if limit is None:  # from the guard page to the top, as the linker script says
            limit = program.symbols["kernel_stack_top"][0] - program.symbols["__stack_guard"][0] - 4096
        depth = Depth(program, program.table(arguments.table) if arguments.table else set())
        deepest = (-1, [])
        for root in arguments.roots:
            if root not in program.symbols:
                raise Fault(f"there is no function {root}")
            deepest = max(deepest, depth.of(program.symbols[root][0]))
    except Fault as fault:
        print(f"stack_depth: {arguments.elf}: {fault}", file=sys.stderr)
        return 1
    path = run("c++filt", *deepest[1]).split("\n")
    path = " -> ".join(re.sub(r"\(.*", "", p) if not p.startswith("kernel::(anon") else p for p in path if p)
    print(f"{arguments.elf}: deepest stack {deepest[0]} of {limit} bytes: {path}")
    if deepest[0] > limit:
        print("stack_depth: too deep", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
