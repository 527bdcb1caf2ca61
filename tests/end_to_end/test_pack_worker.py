"""The packed worker: small, and at home where nothing but a C library is installed."""

import subprocess
import tarfile

import pytest

from conftest import ROOT, binary

MOST_BYTES = 15_000_000
SYSTEM = ("linux-vdso", "ld-linux", "libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    file = tmp_path_factory.mktemp("packed") / "worker.tar.xz"
    preset = binary().parent.parent.name
    subprocess.run(
        [ROOT / "tools/pack_worker", "--no-build", "--preset", preset, "--out", file], check=True, capture_output=True
    )
    return file


@pytest.fixture
def packed(archive, tmp_path):
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path)
    return tmp_path / "partita-worker"


def test_it_is_small(archive):
    assert archive.stat().st_size < MOST_BYTES


def test_every_library_comes_along(packed):
    for file in [packed / "partita-worker", *packed.glob("*.so")]:
        listed = subprocess.run(["ldd", file], check=True, capture_output=True, text=True).stdout
        for line in listed.splitlines():
            name = line.split()[0].rsplit("/", 1)[-1]
            if not name.startswith(SYSTEM):
                assert str(packed / "lib") in line, f"{file.name}: {line}"


def test_it_finds_its_plugins(packed):
    listed = subprocess.run(
        [packed / "partita-worker", "--devices"], check=True, capture_output=True, text=True, env={"PATH": ""}
    ).stdout
    assert "cpu-onednn (oneDNN" in listed
    assert "cpu-reference (plain loops)" in listed
    assert "fake" not in listed
