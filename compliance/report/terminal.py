"""The sheet that the text report is written on: rich, tamed.

Nothing of the environment shows through (no NO_COLOR, no COLUMNS, no terminal probing), rich's own markup is off, and
every string passes `shown`: the same decision gives the same characters, and no name can speak to the terminal.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from compliance.decision.model import Step
from compliance.domain.verdict import Verdict
from compliance.report.words import MARKS, OUTCOMES, Mark, clause_name, prose, shown

LABELS = 12
"""The width of the column that says what a line is (Clause, Path, Duty, ...)."""
NARROWEST = 36
"""The least room for a claim of the proof tree; what lies deeper is named as left out."""

_PLAIN = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""A table with one line of dashes below its head: rich's own ASCII table is a cage of bars."""


class _Sink(io.StringIO):
    """A text buffer that tells rich its encoding: with ASCII, rich draws rules and trees in ASCII too."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


class Sheet:
    """Lines of a report: headings, labelled lines, tables and trees, in colour or in plain ASCII."""

    def __init__(self, *, colour: bool, width: int) -> None:
        self.colour = colour
        self.width = max(40, width)
        self._sink = _Sink("utf-8" if colour else "ascii")
        self._console = Console(
            file=self._sink,
            force_terminal=colour,
            force_jupyter=False,
            force_interactive=False,
            color_system="standard" if colour else None,
            no_color=not colour,
            width=self.width,
            height=100,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        """All that was written, without blanks at the ends of lines."""
        lines = self._sink.getvalue().split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"

    def mark(self, verdict: str) -> Text:
        """The verdict with its symbol: `[x] block`."""
        return self._marked(MARKS[Verdict.of(verdict)], verdict)

    def outcome(self, holds: str) -> Text:
        """Whether a claim holds, with its symbol."""
        return self._marked(OUTCOMES[holds], holds)

    def _marked(self, mark: Mark, word: str) -> Text:
        return Text(f"{mark.symbol if self.colour else mark.ascii} {word}", style=f"bold {mark.style}")

    def bar(self, share: float, style: str, cells: int = 24) -> Text:
        """A bar of a share; the least share still shows."""
        full = max(1, round(share * cells)) if share > 0 else 0
        on, off = ("█", "░") if self.colour else ("#", ".")
        return Text.assemble((on * full, style), (off * (cells - full), "dim"))

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def rule(self) -> None:
        """A line across the page."""
        self._console.print(Rule(style="dim", characters="─" if self.colour else "="))

    def heading(self, title: str, note: str = "") -> None:
        """A section's title, and after it a quiet remark."""
        self.blank()
        self._console.print(Text.assemble((title.upper(), "bold"), (f"  {prose(note)}" if note else "", "dim")))

    def line(self, *parts: Text | str, indent: int = 2, style: str = "", bullet: str = "") -> None:
        """A paragraph, hung on its bullet if it has one; strings are made safe, `Text` is taken as it is."""
        text = Text(style=style, overflow="fold")
        for part in parts:
            text.append_text(part if isinstance(part, Text) else Text(prose(part)))
        grid = Table.grid()
        if bullet:
            grid.add_column(width=len(bullet) + 1, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(*([bullet] if bullet else []), text)
        self._console.print(Padding(grid, (0, 0, 0, indent)))

    def labelled(self, label: str, *values: str | Text, indent: int = 4, dim: Sequence[int] = ()) -> None:
        """A labelled value; further values stand below it. `dim` numbers the ones that matter less."""
        grid = Table.grid(padding=(0, 0, 0, 0))
        grid.add_column(width=LABELS, style="dim", no_wrap=True)
        grid.add_column(overflow="fold", ratio=1)
        for number, value in enumerate(values):
            text = value if isinstance(value, Text) else Text(prose(value), style="dim" if number in dim else "")
            grid.add_row("" if number else label, text)
        self._console.print(Padding(grid, (0, 0, 0, indent)))

    def table(self, columns: Sequence[tuple[str, str]], lines: Sequence[Sequence[Text | str]]) -> None:
        """A table; a column is its title and its form: `right`, `fixed` (left, never wrapped) or empty."""
        shape = SIMPLE_HEAD if self.colour else _PLAIN
        table = Table(box=shape, pad_edge=False, show_edge=False, expand=False, header_style="dim")
        for title, form in columns:
            table.add_column(
                title,
                justify="right" if form == "right" else "left",
                overflow="fold",
                no_wrap=form in ("right", "fixed"),
            )
        for cells in lines:
            table.add_row(*(cell if isinstance(cell, Text) else Text(shown(cell)) for cell in cells))
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def proof(self, step: Step) -> None:
        """A proof tree with a mark on every claim."""
        deepest = (self.width - NARROWEST) // 4
        root = Tree(self._claim(step), guide_style="dim")
        waiting = [(root, step, 1)]
        while waiting:  # A loop and no recursion: a chain of derived sources can be deep.
            node, parent, depth = waiting.pop()
            if parent.steps and depth > deepest:
                node.add(Text("deeper claims do not fit this width: see --format json", "dim"))
                continue
            waiting += [(node.add(self._claim(child)), child, depth + 1) for child in parent.steps]
        self._console.print(Padding(root, (0, 0, 0, 2)))

    def _claim(self, step: Step) -> RenderableType:
        claim = Text(prose(step.claim), "bold")
        if step.because:
            claim.append(f"\n{prose(step.because)}", style="not bold")
        for clause in step.clauses:
            claim.append(f"\nclause: {prose(clause_name(clause))}: {prose(clause.says)}", style="not bold dim")
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(self.outcome(step.holds), claim)
        return grid
