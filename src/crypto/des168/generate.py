#!/usr/bin/python3
"""Proves the S-box circuits and writes a DES round as C++:  generate.py CIRCUITS_FOLDER OUTPUT.hpp

Every circuit is evaluated for all 64 inputs at once; an output that differs from the standard's table stops the build.
sN_gates.txt    G i op a b      node i = a op b: 0 a & b, 1 a & ~b, 2 ~a & b, 3 a | b, 4 a ^ b
                O j i v         output j = node i, or its complement if v is 1
sN_tables.txt   G i a b c t     node i = bit 4a + 2b + c of the table t
                O j a b t       output j = bit 2a + b of the table t
Nodes 0 to 5 are the inputs; inputs and outputs count from the left, as in the standard."""
import sys
from pathlib import Path

# FIPS 46-3: the rows of S1 to S8 in hexadecimal, the expansion E, the permutations P and PC-2.
S = [
    "e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d",
    "f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9",
    "a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c",
    "7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e",
    "2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453",
    "c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d",
    "4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c",
    "d2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b",
]
E = [(4 * s + j - 1) % 32 for s in range(8) for j in range(6)]
P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]
PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
       41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32]

ALL = (1 << 64) - 1  # a truth table: bit v is the value for input v
INPUTS = [sum(1 << v for v in range(64) if v >> (5 - i) & 1) for i in range(6)]
OUTPUT_BIT = [P.index(i + 1) for i in range(32)]  # output i of the S-boxes goes to this bit of the half (P)
KEY_MASK = [bit - 1 if bit <= 28 else bit - 1 + 28 for bit in PC2]  # key.hpp: C stands twice, then D twice


def standard(s, j):
    """Output j of S-box s."""
    rows = S[s].split()
    return sum(1 << v for v in range(64) if int(rows[v >> 4 & 2 | v & 1][v >> 1 & 15], 16) >> (3 - j) & 1)


def table(bits, *inputs):
    """The truth table of a table look-up; the first input is the most significant bit of the index."""
    result = 0
    for index in range(1 << len(inputs)):
        if bits >> index & 1:
            term = ALL
            for place, node in enumerate(reversed(inputs)):
                term &= node if index >> place & 1 else ~node
            result |= term
    return result


def read(folder, s, kind):
    for line in (folder / f"s{s + 1}_{kind}.txt").read_text().splitlines():
        letter, *numbers = line.split()
        yield letter, [int(n) for n in numbers]


def prove(s, outputs):
    for j in range(4):
        if outputs.get(j) != standard(s, j):
            sys.exit(f"S{s + 1}, output {j}: the circuit differs from the standard")


GATES = [(8, "x{} & x{}"), (4, "x{} & ~x{}"), (2, "~x{} & x{}"), (14, "x{} | x{}"), (6, "x{} ^ x{}")]


def gates(folder, s):
    """The statements of S-box s, and which of its outputs come out complemented."""
    nodes, outputs, code, complemented = list(INPUTS), {}, [], {}
    for letter, numbers in read(folder, s, "gates"):
        if letter == "G":
            i, op, a, b = numbers
            assert i == len(nodes)
            nodes.append(table(GATES[op][0], nodes[a], nodes[b]))
            code.append(f"const V x{i} = {GATES[op][1].format(a, b)};")
        else:
            j, i, complement = numbers
            outputs[j] = nodes[i] ^ (ALL if complement else 0)
            complemented[j] = complement
            code.append(f"l[{OUTPUT_BIT[4 * s + j]}] ^= x{i};")
    prove(s, outputs)
    return code, complemented


def tables(folder, s):
    """The statements of S-box s. The last table of each output also does the XOR into L."""
    nodes, outputs, code = list(INPUTS), {}, []
    for letter, numbers in read(folder, s, "tables"):
        if letter == "G":
            i, a, b, c, bits = numbers
            assert i == len(nodes)
            nodes.append(table(bits, nodes[a], nodes[b], nodes[c]))
            code.append(f"const V x{i} = T::template table<{bits}>(x{a}, x{b}, x{c});")
        else:
            j, a, b, bits = numbers
            outputs[j] = table(bits, nodes[a], nodes[b])
            bit = OUTPUT_BIT[4 * s + j]
            code.append(f"l[{bit}] = T::template table<{(15 ^ bits) << 4 | bits}>(l[{bit}], x{a}, x{b});")
    prove(s, outputs)
    return code


def write_round(out, name, boxes, inverse):
    out.append("template <class T>")
    out.append(f"[[gnu::always_inline]] inline void {name}(typename T::Vec* __restrict l, const typename T::Vec* __restrict r,")
    out.append("    const typename T::Mask* __restrict k, [[maybe_unused]] const typename T::Mask* __restrict inverse) {")
    out.append("    using V = typename T::Vec;")
    for s, code in enumerate(boxes):
        inputs = [f"const V x{j} = r[{E[6 * s + j]}] ^ {'inverse' if E[6 * s + j] in inverse else 'k'}[{KEY_MASK[6 * s + j]}];"
                  for j in range(6)]
        out.append("    {  // S" + str(s + 1))
        out.extend("        " + line for line in inputs + code)
        out.append("    }")
    out.append("}")


def main(folder, output):
    of_gates, of_tables, inverse = [], [], set()
    for s in range(8):
        code, complemented = gates(folder, s)
        of_gates.append(code)
        inverse |= {OUTPUT_BIT[4 * s + j] for j in range(4) if complemented[j]}
        of_tables.append(tables(folder, s))
    out = ["// Written by generate.py from the circuits, which it has proved."]
    write_round(out, "round_of_gates", of_gates, inverse)
    write_round(out, "round_of_tables", of_tables, set())
    output.write_text("\n".join(out) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
