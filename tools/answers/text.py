"""What people read: tables, and sentences that are no longer than a line."""

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    return sum(not unicodedata.combining(character) for character in text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Columns as wide as their content; the first `left` are left-aligned, the others right-aligned."""
    lines = [header, *rows]
    widths = [max(width(line[i]) for line in lines) for i in range(len(header))]
    printed = []
    for line in lines:
        cells = []
        for i, cell in enumerate(line):
            gap = " " * (widths[i] - width(cell))
            cells.append(cell + gap if i < left else gap + cell)
        printed.append(("  " + "  ".join(cells)).rstrip())
    return printed


def sentence(text: str) -> list[str]:
    """Wrapped, at most 100 columns wide."""
    columns = min(100, max(60, shutil.get_terminal_size((100, 24)).columns))
    return textwrap.wrap(text, columns, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
