#!/usr/bin/env python3
"""A part of a GPU that nobody profiled, predicted from the other parts.

Of each part in turn: `partita train` learns from the layers measured on the other three, `partita predict` says what
the layers take on this one, of which it knows the peak rate and the bandwidth that stand in the machine file; then they
are compared with what was measured on it. Prints a table and, last, one line of JSON.

usage: unprofiled_part.py [--exam FOLDER_OR_ARCHIVE] [--partita PROGRAM]
"""

import argparse
import collections
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FAMILIES = {"Conv": "Conv", "MatMul": "Gemm, MatMul", "Gemm": "Gemm, MatMul"}


def program() -> str:
    for preset in ("release", "dev"):
        file = HERE.parents[1] / "build" / preset / "bin/partita"
        if file.exists():
            return str(file)
    sys.exit("unprofiled_part.py: partita is not built; name it with --partita")


def run(*words) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"unprofiled_part.py: {words[1]} failed:\n{done.stderr}")


def table(file: pathlib.Path) -> list[dict]:
    with file.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def without(profile: pathlib.Path, part: str, out: pathlib.Path) -> None:
    """The layers on all other processors with names like it."""
    lines = profile.read_text().splitlines(keepends=True)
    comments = [line for line in lines if line.startswith("#")]
    rows = [row for row in table(profile) if row["kind"] == "layer" and row["processor"] not in (part, "cpu")]
    with out.open("w") as file:
        file.writelines(comments)
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def errors_of(partita: str, exam: pathlib.Path, part: str, folder: pathlib.Path) -> dict[str, list[float]]:
    """Relative errors of the layers on `part`, by family."""
    models = json.loads((exam / "exam.json").read_text())["models"]
    machine, known, learned = exam / "machine.yaml", folder / "known.csv", folder / "learned.json"
    without(exam / "profile.csv", part, known)
    named = [word for model in models for word in ("--model", model)]
    run(partita, "train", "--profile", known, *named, "--machine", machine, "--out", learned)
    measured = {
        row["signature"]: float(row["median_ps"])
        for row in table(exam / "profile.csv")
        if row["kind"] == "layer" and row["processor"] == part
    }
    errors: dict[tuple[str, str], float] = {}
    for model in models:
        costs = folder / "costs.csv"
        run(partita, "predict", "--model", model, "--machine", machine, "--learned", learned, "--out", costs)
        for row in table(costs):
            signature = row["signature"]
            # Views take no kernel, and nobody's time.
            if row["processor"] != part or signature not in measured or row["operator"] == "Reshape":
                continue
            family = FAMILIES.get(row["operator"], "others")
            errors[(family, signature)] = abs(float(row["time_ps"]) / measured[signature] - 1)
    by_family = collections.defaultdict(list)
    for (family, _), error in errors.items():
        by_family[family].append(error)
    return by_family


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exam", type=pathlib.Path, default=HERE / "h100/launches.tar.xz")
    parser.add_argument("--partita", default=None)
    asked = parser.parse_args()
    partita = asked.partita or program()
    with tempfile.TemporaryDirectory() as name:
        folder, exam = pathlib.Path(name), asked.exam
        if exam.is_file():
            with tarfile.open(exam) as archive:
                archive.extractall(folder, filter="data")
            exam = next(path for path in folder.iterdir() if (path / "exam.json").exists())
        parts = sorted(
            {row["processor"] for row in table(exam / "profile.csv")} - {"cpu", ""}, key=lambda p: (len(p), p)
        )
        families = ["Conv", "Gemm, MatMul", "others"]
        print(f"{'part':8}{'layers':>8}" + "".join(f"{family:>14}" for family in families) + f"{'all, median':>14}")
        result = []
        for part in parts:
            errors = errors_of(partita, exam, part, folder)
            every = [error for family in errors.values() for error in family]
            means = [100 * statistics.mean(errors[family]) for family in families]
            middle = 100 * statistics.median(every)
            print(f"{part:8}{len(every):8}" + "".join(f"{mean:12.1f} %" for mean in means) + f"{middle:12.1f} %")
            result.append({"part": part, "layers": len(every), "mape_percent": 100 * statistics.mean(every)})
            result[-1] |= {"median_percent": middle}
    print(json.dumps({"parts": result}))


if __name__ == "__main__":
    main()
