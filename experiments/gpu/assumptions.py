#!/usr/bin/env python3
"""What machine.yaml says of an exam's plans before anything is measured.

Simulates the held-out plans on the machine file of assumptions (datasheet rates, guessed efficiencies) and compares
with what was measured. Prints a line for each network and, last, one line of JSON.

usage: assumptions.py [--exam FOLDER_OR_ARCHIVE] [--machine FILE] [--partita PROGRAM]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile

import unprofiled_part

HERE = pathlib.Path(__file__).resolve().parent


def simulated(partita: str, model: str, machine: pathlib.Path, plan: pathlib.Path) -> float:
    words = [partita, "simulate", "--model", model, "--machine", machine, "--plan", plan, "--json"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"assumptions.py: {plan.name} cannot be simulated:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])["simulated_ps"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exam", type=pathlib.Path, default=HERE / "h100/graphs.tar.xz")
    parser.add_argument("--machine", type=pathlib.Path, default=HERE / "machine.yaml")
    parser.add_argument("--partita", default=None)
    asked = parser.parse_args()
    partita = asked.partita or unprofiled_part.program()
    with tempfile.TemporaryDirectory() as name:
        exam = asked.exam
        if exam.is_file():
            with tarfile.open(exam) as archive:
                archive.extractall(name, filter="data")
            exam = next(path for path in pathlib.Path(name).iterdir() if (path / "exam.json").exists())
        models = json.loads((exam / "exam.json").read_text())["models"]
        networks = json.loads((exam / "verdict_there.json").read_text())["networks"]
        errors = []
        for model, network in zip(models, networks, strict=True):
            own = []
            for plan in network["plans"]:
                if not plan["held_out"]:
                    continue
                file = exam / "replays" / network["network"] / f"{plan['name']}.plan.json"
                own.append(abs(simulated(partita, model, asked.machine, file) / plan["measured_ps"] - 1))
            print(f"{network['network']:12} {len(own):3} plans, {100 * statistics.mean(own):5.1f} % off")
            errors += own
        print(json.dumps({"plans": len(errors), "makespan_mape_percent": 100 * statistics.mean(errors)}))


if __name__ == "__main__":
    main()
