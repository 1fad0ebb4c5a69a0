"""How the demo speaks: short aligned lines, with colours on a terminal alone."""
import os
import sys

COMMAND = 43  # columns; what it does stands beside a command that fits, below one that does not


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def title(text):
    print("\n" + colour("1", text), flush=True)


def row(label, text):
    print(f"  {label:<13}{text}", flush=True)


def result(label, good, text, fault):
    """One line of a way's result: `text`, or what is wrong with it. Yields whether it is good."""
    row(label, f"{colour('32', '[ok]')} {text}" if good else f"{colour('1;31', '[FAILED]')} {fault}")
    return good


def loud(text):
    print(colour("1;33", f"  !! {text}"), flush=True)


def command(text, what):
    end = "" if len(text) <= COMMAND else "\n  " + " " * COMMAND
    print(f"  {colour('36', f'{text:<{COMMAND}}')}{end} {what}", flush=True)
