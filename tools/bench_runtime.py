"""Every scenario under every policy: what tools/bench runtime prints. Scenarios of this computer are run for real, too.

usage: bench_runtime.py PARTITA [--scenarios DIR] [--real | --simulated] [--times N] [--policies NAMES] [--out FOLDER]
"""

import argparse
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "experiments/runtime/scenarios"
REAL_POLICIES = "ours,static,robust,clairvoyant"
QUIET = "nothing_changes"
ADVERSARY = "adversary"
FAILED: list[str] = []  # scenarios that could not be run
COUNTS = ("requests", "answered", "shed", "lost", "duplicated", "migrations")
MEDIANS = ("mean_ms", "p99_ms", "cost_ms", "regret_percent", "behind_best_percent")


def is_here(scenario: pathlib.Path) -> bool:
    """A scenario of this computer, whatever that is."""
    return re.search(r"^machine:\s*this_computer\b", scenario.read_text(), re.MULTILINE) is not None


def together(runs: list[list[dict]]) -> list[dict]:
    """One row a policy: medians over runs (a regret is to the clairvoyant of the same run), counts added up, the
    slowest decisions. What each run had is in `all_cost_ms` and `all_regret_percent`.
    """
    if len(runs) == 1:
        return runs[0]
    rows = []
    for first in runs[0]:
        same = [row for each in runs for row in each if row["policy"] == first["policy"]]
        row = first | {name: sum(each[name] for each in same) for name in COUNTS}
        for name in MEDIANS:
            known = [each[name] for each in same if each[name] is not None]
            row[name] = statistics.median(known) if known else None
        row["decision_p99_us"] = max(each["decision_p99_us"] for each in same)
        row["runs"] = len(same)
        for name in ("cost_ms", "regret_percent"):
            row[f"all_{name}"] = [each[name] for each in same]
        rows.append(row)
    return rows


def run_real(partita: str, scenario: pathlib.Path, asked: argparse.Namespace) -> list[dict]:
    """Each time another policy is the first: computers get slower and faster while it lasts."""
    policies = (asked.policies or REAL_POLICIES).split(",")
    runs = []
    for turn in range(asked.times):
        first = turn % len(policies)
        runs.append(run(partita, scenario, asked, ",".join(policies[first:] + policies[:first]), turn))
    runs = [rows for rows in runs if rows]
    return together(runs) if runs else []


def run(
    partita: str, scenario: pathlib.Path, asked: argparse.Namespace, policies: str, turn: int | None = None
) -> list[dict]:
    """`turn`: of a real run; absent: simulated."""
    real = turn is not None
    command = [partita, "runtime", "--scenario", scenario, "--policy", policies, "--json"]
    if real:
        command.append("--real")
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        name = scenario.stem + ("_real" if real else "") + (f"_{turn + 1}" if real and asked.times > 1 else "")
        command += ["--out", asked.out / f"{name}.json"]
    how = f", for real, {turn + 1} of {asked.times}" if real else ""
    print(f"{scenario.stem}{how} ...", file=sys.stderr, flush=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        print(f"{scenario}: {done.stderr.strip() or done.stdout.strip()}", file=sys.stderr)
        if scenario.stem not in FAILED:
            FAILED.append(scenario.stem)
        return []
    return json.loads(done.stdout.splitlines()[-1])["scenarios"]


def geometric_mean(values: list[float]) -> float | None:
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def by_case(rows: list[dict]) -> dict[tuple, dict[str, dict]]:
    """Of each scenario, machine and execution: rows by policy."""
    cases: dict[tuple, dict[str, dict]] = {}
    for row in rows:
        cases.setdefault((row["name"], row["machine"], row["execution"]), {})[row["policy"]] = row
    return cases


def summary(rows: list[dict]) -> dict:
    """What the goals are about. What an adversary does depends on the policy, so no clairvoyant foresees it: it is no
    part of the mean. Parts: the latency of each other policy in parts of ours, geometric mean over their scenarios.
    """
    found: dict = {}
    cases = by_case(rows)
    for execution in ("simulated", "real"):
        of = {key: each for key, each in cases.items() if key[2] == execution}
        regrets = [
            each["ours"]["regret_percent"]
            for (name, _, _), each in of.items()
            if name != ADVERSARY and each.get("ours", {}).get("regret_percent") is not None
        ]
        if regrets:
            found[f"regret_percent_{execution}"] = statistics.fmean(regrets)
            # Where the clairvoyant is beaten, that makes up for nothing elsewhere.
            found[f"regret_percent_at_least_0_{execution}"] = statistics.fmean(max(0, each) for each in regrets)
            found[f"worst_regret_percent_{execution}"] = max(regrets)
            found[f"behind_best_percent_{execution}"] = statistics.fmean(
                each["ours"]["behind_best_percent"] for (name, _, _), each in of.items() if name != ADVERSARY
            )
        for other in ("static", "dispatch"):
            ratios = [
                each[other]["p99_ms"] / each["ours"]["p99_ms"]
                for (name, _, _), each in of.items()
                if {"ours", other} <= each.keys() and name != QUIET and each["ours"]["p99_ms"] > 0
            ]
            if ratios:
                found[f"p99_{other}_over_ours_{execution}"] = geometric_mean(ratios)
        quiet = [
            100 * (each["ours"]["cost_ms"] / each["static"]["cost_ms"] - 1)
            for (name, _, _), each in of.items()
            if name == QUIET and {"ours", "static"} <= each.keys()
        ]
        if quiet:
            found[f"nothing_changes_percent_{execution}"] = max(quiet)
        found |= parts(of, execution)
    found |= agreement(cases)
    found["lost_by_ours"] = sum(row["lost"] for row in rows if row["policy"] == "ours")
    found["duplicated"] = sum(row["duplicated"] for row in rows)
    decisions = [row["decision_p99_us"] for row in rows if row["policy"] == "ours"]
    if decisions:
        found["decision_p99_us"] = max(decisions)
    return found


def gain_percent(ours: dict, static: dict) -> float:
    """What ours takes less, run by run."""
    costs = zip(ours.get("all_cost_ms", [ours["cost_ms"]]), static.get("all_cost_ms", [static["cost_ms"]]), strict=True)
    return statistics.median(100 * (1 - mine / theirs) for mine, theirs in costs)


def agreement(cases: dict[tuple, dict[str, dict]]) -> dict:
    """What ours takes less than static, real and simulated, and how far they are apart at most."""
    found: dict = {}
    apart = []
    for (name, machine, execution), real in cases.items():
        simulated = cases.get((name, machine, "simulated"), {})
        if execution != "real" or not all({"ours", "static"} <= each.keys() for each in (real, simulated)):
            continue
        gains = [gain_percent(each["ours"], each["static"]) for each in (real, simulated)]
        found[f"gain_percent_{name}_real"], found[f"gain_percent_{name}_simulated"] = gains
        apart.append(abs(gains[0] - gains[1]))
    return found | ({"gains_apart_points": max(apart)} if apart else {})


def parts(of: dict[tuple, dict[str, dict]], execution: str) -> dict[str, float]:
    found: dict[str, float] = {}
    policies = dict.fromkeys(policy for each in of.values() for policy in each if policy != "ours")
    for policy in policies:
        ratios = [
            each[policy]["cost_ms"] / each["ours"]["cost_ms"]
            for (name, _, _), each in of.items()
            if {"ours", policy} <= each.keys() and name != ADVERSARY
        ]
        if ratios:
            found[f"cost_{policy}_over_ours_{execution}"] = geometric_mean(ratios)
    return found


def print_table(rows: list[dict]) -> None:
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    width = max(len(policy) for policy in policies)
    print(f"{'scenario':<18}{'machine':<20}{'':<11}{'policy':<{width + 2}}{'mean ms':>10}{'p99 ms':>10}{'away':>6}"
          f"{'regret %':>10}{'switches':>10}{'p99 us':>8}")  # fmt: skip
    for (name, machine, execution), each in by_case(rows).items():
        for policy, row in each.items():
            regret = "-" if row["regret_percent"] is None else f"{row['regret_percent']:.1f}"
            print(f"{name:<18}{machine:<20}{execution:<11}{policy:<{width + 2}}{row['mean_ms']:>10.3f}"
                  f"{row['p99_ms']:>10.3f}{row['shed']:>6}{regret:>10}{row['migrations']:>10}"
                  f"{row['decision_p99_us']:>8.0f}")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("partita")
    parser.add_argument("--scenarios", type=pathlib.Path, default=SCENARIOS)
    parser.add_argument("--simulated", action="store_true", help="no real runs")
    parser.add_argument("--real", action="store_true", help="real runs only")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="real runs of each scenario: medians of them")
    parser.add_argument("--policies", help="names, separated by commas")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the records, which partita plot service draws")
    asked = parser.parse_args()
    if asked.times < 1:
        parser.error(f"--times {asked.times}: it must be 1 or more")
    files = sorted(asked.scenarios.glob("*.yaml"))
    if not files:
        print(f"bench: there are no scenarios in {asked.scenarios}", file=sys.stderr)
        return 2
    rows: list[dict] = []
    for file in files:
        if not asked.real:
            rows += run(asked.partita, file, asked, asked.policies or "all")
        if is_here(file) and not asked.simulated:
            rows += run_real(asked.partita, file, asked)
    if not rows:
        return 3
    print_table(rows)
    found = summary(rows)
    for key, value in found.items():
        print(f"{key:<42}{value:.4g}" if isinstance(value, float) else f"{key:<42}{value}")
    if FAILED:
        print(f"could not be run: {', '.join(FAILED)}")
    print(json.dumps({"scenarios": rows, "failed": FAILED} | found))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
