"""The partita command, for experiments that call it many times."""

import csv
import json
import math
import subprocess
from pathlib import Path


class Partita:
    """Runs verbs in one folder; a verb that fails ends the experiment with what it said."""

    def __init__(self, program: Path, folder: Path):
        self.program, self.folder = program.resolve(), folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, *arguments) -> str:
        words = [str(self.program), *map(str, arguments)]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *arguments) -> dict:
        return json.loads(self(*arguments, "--json").splitlines()[-1])

    def simulated_ms(self, *arguments) -> float:
        return self.json("simulate", "--no-what-if", *arguments)["simulated_ps"] * 1e-9

    def replayed_ms(self, cases: list[list], rounds: int) -> tuple[list[float], int]:
        """Of each case, arguments of replay, the best median of clean runs, since others' work only ever adds; how many
        have none in any round, and are the best of disturbed runs.

        Round after round, so that no case alone meets a busy minute. The first compares outputs with the reference.
        """
        clean, disturbed = [math.inf] * len(cases), [math.inf] * len(cases)
        for number in range(rounds):
            asked = ["--precision", 0, "--repetitions", 7, "--noisy", *(["--no-check"] if number > 0 else [])]
            for i, case in enumerate(cases):
                found = self.json("replay", *asked, *case)
                times, key = (clean, "measured_ps") if "measured_ps" in found else (disturbed, "disturbed_ps")
                times[i] = min(times[i], found[key] * 1e-9)
        best = [one if one < math.inf else other for one, other in zip(clean, disturbed, strict=True)]
        return best, clean.count(math.inf)

    def features(self, files: list[str], kind: str) -> list[dict[str, float]]:
        """What the analyzer says of each file; features that do not apply are left out."""
        self("analyze", *files, "--as", kind, "--csv", "features.csv")
        with (self.folder / "features.csv").open() as table:
            rows = list(csv.DictReader(table))
        named = {"file", "kind", "type", "shape"}
        return [{name: float(text) for name, text in row.items() if name not in named and text} for row in rows]

    def effects(self, name: str, rows: list[dict[str, float]], costs: list[float], known: dict | None = None) -> list:
        """Whether features tell costs: partita values on a table, with its control. `known`: column -> numbers."""
        known = known or {}
        names = [feature for feature in rows[0] if all(feature in row for row in rows)]
        with (self.folder / f"{name}.csv").open("w", newline="") as table:
            write = csv.writer(table)
            write.writerow([*names, *(f"known_{column}" for column in known), "cost"])
            for i, (row, cost) in enumerate(zip(rows, costs, strict=True)):
                beside = [float(column[i]) for column in known.values()]
                write.writerow([*(row[feature] for feature in names), *beside, float(cost)])
        return self.json("values", "--table", f"{name}.csv")["effects"]
