"""Where nothing more can be written: a sentence, exit code 3, and the files that were there before, whole."""

import resource
import subprocess
from pathlib import Path

import pytest
from test_exam import FAKES
from test_pipeline import ok
from test_replay import NETWORK
from test_sweep import MACHINE as MACHINE_OF_TWO
from test_sweep import NETWORK as NETWORK_OF_TWO
from test_sweep import SWEEP as SWEEP_OF_TWO

from conftest import ROOT, binary

MODEL = ["--model", NETWORK]
RUN = [*MODEL, "--machine", FAKES]
FULL = "No space left on device"

# A small file system of its own for a command ($3 ...), filled but for $1 KiB with what is in before/; in after/ lies
# what it holds afterwards.
ON_FULL_DISK = """
set -e
mount -t tmpfs -o size=4m none disk
cp -r before/. disk
dd if=/dev/zero of=disk/ballast bs=4k 2>/dev/null || true
truncate -s -"$1"K disk/ballast
shift
code=0
"$@" || code=$?
rm disk/ballast
cp -r disk/. after
exit $code
"""
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def may_mount():
    try:
        return subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode == 0
    except FileNotFoundError:
        return False


needs_mount = pytest.mark.skipif(not may_mount(), reason="no file system may be mounted here, not even for oneself")


@pytest.fixture
def full_disk(tmp_path):
    """Runs partita beside a full folder disk/; gives the finished process."""

    def run(*arguments, free=0):
        for name in ("disk", "before", "after"):
            (tmp_path / name).mkdir(exist_ok=True)
        words = [*NAMESPACE, "sh", "-c", ON_FULL_DISK, "sh", free, binary(), *arguments]
        return subprocess.run(
            list(map(str, words)), cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
        )

    return run


@pytest.fixture
def work(partita, tmp_path):
    """A plan, a timeline of it and an analysis."""
    ok(partita("partition", *RUN, "--method", "heft", "--out", "plan.json"))
    ok(partita("simulate", *RUN, "--plan", "plan.json", "--out", "t.json", "--analysis", "a.json"))
    return tmp_path


def expect_untouched(tmp_path):
    before = {file.name: file.read_bytes() for file in (tmp_path / "before").iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "after").iterdir()} == before


WRITERS = {
    "partition": [*RUN, "--method", "heft", "--out"],
    "simulate": [*RUN, "--plan", "plan.json", "--out"],
    "simulate trace": [*RUN, "--plan", "plan.json", "--trace"],
    "replay": [*RUN, "--plan", "plan.json", "--repetitions", 1, "--precision", 0, "--noisy", "--out"],
    "profile": [*RUN, "--budget", 1, "--repetitions", 1, "--replace", "--out"],
    "profile machine": [*RUN, "--budget", 0.5, "--repetitions", 1, "--out", "profile.csv", "--machine-out"],
    "calibrate": [*RUN, "--fit", "plan.json=t.json", "--out"],
    "plot": ["gantt", "t.json", "--out"],
}


@needs_mount
@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("there_before", [True, False])
def test_a_full_disk(work, full_disk, name, there_before):
    file = "x.png" if name == "plot" else "x"
    (work / "before").mkdir()
    if there_before:
        (work / "before" / file).write_text("what was there before")
    result = full_disk(name.split()[0], *WRITERS[name], f"disk/{file}")
    assert result.returncode == 3, result.stdout + result.stderr
    assert f"disk/{file}" in result.stderr
    assert FULL in result.stderr
    expect_untouched(work)


@needs_mount
@pytest.mark.parametrize("free", [0, 48])
def test_an_exam_goes_on_where_the_disk_was_full(partita, tmp_path, full_disk, free):
    """Full at the first file, or among the replays."""
    exam = [*MODEL, "--plans", 4, "--repetitions", 3, "--budget", 1]
    result = full_disk("calibrate", "--exam", "disk/exam", *exam, "--machine", FAKES, free=free)
    assert result.returncode == 3, result.stdout + result.stderr
    assert FULL in result.stderr
    assert not list(tmp_path.glob("after/**/*.part"))
    has_machine = (tmp_path / "after/exam/machine.yaml").exists()
    again = partita("calibrate", "--exam", "after/exam", *exam, *([] if has_machine else ["--machine", FAKES]))
    # 3: this computer is too busy to be measured, of which it says so.
    assert again.returncode == 0 or "too busy with other work" in again.stderr


@needs_mount
def test_a_sweep_goes_on_where_the_disk_was_full(partita, tmp_path, full_disk):
    """What was committed is whole; what was not is computed again."""
    for name in ("net.json", "m.yaml"):
        (tmp_path / name).write_text(NETWORK_OF_TWO if name == "net.json" else MACHINE_OF_TWO)
    (tmp_path / "s.yaml").write_text(SWEEP_OF_TWO.replace("points: 10", "points: 400"))
    result = full_disk("sweep", "s.yaml", "--out", "disk/r.db", free=600)
    assert result.returncode == 3, result.stdout + result.stderr
    assert "cannot write 'disk/r.db': the disk is full" in result.stderr
    calm = ok(partita("sweep", "s.yaml", "--out", "calm.db"))
    assert "800 of 800" in calm.stdout
    ok(partita("results", "calm.db", "--export", "calm.csv"))
    ok(partita("sweep", "s.yaml", "--out", "after/r.db", "--resume"))
    ok(partita("results", "after/r.db", "--export", "r.csv"))
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "calm.csv").read_bytes()


def limited(bytes_):
    """A limit of the size of files, which those that exist in memory only obey, too."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))


def test_a_file_larger_than_a_limit_is_an_error_and_no_signal(partita, work):
    before = (work / "t.json").read_bytes()
    result = partita("simulate", *RUN, "--plan", "plan.json", "--out", "t.json", preexec_fn=limited(1024))
    assert result.returncode == 3
    assert "cannot write 't.json': File too large" in result.stderr
    assert (work / "t.json").read_bytes() == before
    assert not list(work.glob("*.part"))


def test_shared_memory_that_there_is_not_is_an_error_and_no_signal(partita, work):
    result = partita("replay", *RUN, "--plan", "plan.json", "--out", "m.json", preexec_fn=limited(512))
    assert result.returncode == 3
    assert "B of shared memory: File too large" in result.stderr
    assert not (work / "m.json").exists()


def test_output_that_nobody_could_read_is_an_error(partita, work):
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [binary(), "check", ROOT / "hw_configs/two_processors.yaml"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 3
    assert f"cannot write to standard output: {FULL}" in result.stderr
