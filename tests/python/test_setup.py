"""tools/setup on computers that lack things: what it asks for, what it runs, what it leaves alone.

dpkg-query, apt-get, id and sudo are replaced by scripts; nothing is installed.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(shutil.which("flock") is None, reason="no flock on this system")


@pytest.fixture
def computer(tmp_path):
    """A tree in a folder whose name has a space, on a computer where all but `alpha` and `gamma` is installed."""
    return Computer(tmp_path)


class Computer:
    def __init__(self, folder: Path):
        self.tree = folder / "a tree"
        self.programs = folder / "programs"
        self.log = folder / "log"
        (self.tree / "tools").mkdir(parents=True)
        self.programs.mkdir()
        self.log.touch()
        for name in ("setup", "lib.sh", "demo", "test"):
            shutil.copy(REPOSITORY / "tools" / name, self.tree / "tools" / name)
        (self.tree / "tools/packages.txt").write_text(
            "# comment\n[build]\nalpha  needed\nbeta  needed\n\n[test]\ngamma needed\n"
            "[debian]\nepsilon a browser\n[develop]\ndelta wanted\n"
        )
        (self.tree / "requirements.txt").write_text("matplotlib==1\n")
        self.distribution("ubuntu")
        self.installed("beta", "delta")
        self.program("cmake", "echo cmake version 3.25.1")
        self.program("apt-get", f'echo "apt-get $*" >> "{self.log}"')
        self.be_root()
        self.with_venv()

    def program(self, name, text):
        file = self.programs / name
        file.write_text(f"#!/bin/bash\n{text}\n")
        file.chmod(0o755)

    def installed(self, *packages):
        # As the real one: it knows removed packages too, and fails for unknown ones.
        lines = "".join(f"installed {name}\\n" for name in packages)
        self.program("dpkg-query", f'printf "{lines}config-files alpha\\n"\nexit 1')

    def distribution(self, name):
        self.os_release = self.tree.parent / "os-release"
        self.os_release.write_text(f"NAME=Any\nID={name}\nID_LIKE=debian\n")

    def be_root(self):
        self.program("id", "echo 0")

    def be_nobody(self, sudo):
        self.program("id", "echo 1000")
        self.program("sudo", sudo)

    def with_venv(self):
        binaries = self.tree / ".venv/bin"
        binaries.mkdir(parents=True)
        (binaries / "python").write_text("#!/bin/sh\nexit 0\n")
        (binaries / "python").chmod(0o755)
        digest = hashlib.sha256((self.tree / "requirements.txt").read_bytes()).hexdigest()
        (self.tree / ".venv/complete").write_text(f"{digest}  -\n")

    def run(self, *arguments, tool="setup"):
        environment = {
            **os.environ,
            "PARTITA_OS_RELEASE": str(self.os_release),
            "PATH": f"{self.programs}:{os.environ['PATH']}",
        }
        return subprocess.run(
            [self.tree / "tools" / tool, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self):
        return self.log.read_text().splitlines()


def test_where_everything_is_there_it_says_so_in_one_line(computer):
    computer.installed("alpha", "beta", "gamma")
    result = computer.run()
    assert (result.returncode, result.stdout, result.stderr) == (0, "setup: everything is installed\n", "")
    assert computer.calls() == []


def test_only_what_is_missing_is_installed(computer):
    result = computer.run()
    assert result.returncode == 0, result.stderr
    assert "installing 2 packages: alpha gamma" in result.stdout
    update, install = computer.calls()
    assert update.endswith(" update")
    assert install.endswith(" install --yes --no-install-recommends alpha gamma")


def test_the_group_for_developers_is_asked_for(computer):
    computer.installed("alpha", "beta", "gamma")
    assert computer.run().returncode == 0
    result = computer.run("--develop")
    assert "installing 1 packages: delta" in result.stdout


def test_what_only_debian_has_is_asked_for_there(computer):
    computer.distribution("debian")
    assert "installing 3 packages: alpha epsilon gamma" in computer.run().stdout


def test_an_ordinary_user_installs_with_sudo(computer):
    computer.be_nobody(sudo=f'echo "sudo $*" >> "{computer.log}"')
    assert computer.run().returncode == 0
    assert [call.split(" ", 2)[:2] for call in computer.calls()] == [
        ["sudo", "-n"],
        ["sudo", "apt-get"],
        ["sudo", "env"],
    ]


def test_without_rights_one_message_names_what_an_administrator_must_install(computer):
    computer.be_nobody(sudo="exit 1")
    result = computer.run()
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr == (
        "setup: these packages are missing and only an administrator can install them: apt-get install alpha gamma\n"
    )
    assert computer.calls() == []


@pytest.mark.parametrize("tool", ["test", "demo"])
def test_nothing_is_built_where_the_installation_failed(computer, tool):
    computer.be_nobody(sudo="exit 1")
    computer.program("cmake", f'echo cmake version 3.25.1; echo "cmake $*" >> "{computer.log}"')
    result = computer.run(tool=tool)
    assert result.returncode == 3
    assert not any("--preset" in call for call in computer.calls())


def test_a_failing_installation_shows_why(computer):
    computer.program("apt-get", "echo 'E: Unable to locate package alpha'; exit 100")
    result = computer.run()
    assert result.returncode == 3
    assert "E: Unable to locate package alpha" in result.stderr


def test_an_update_that_fails_does_not_stop_an_installation_that_can_do_without(computer):
    computer.program("apt-get", f'[[ "$*" == *install* ]] && echo "$*" >> "{computer.log}"')
    result = computer.run()
    assert result.returncode == 0
    assert len(computer.calls()) == 1


def test_changed_requirements_are_installed_again(computer):
    computer.installed("alpha", "beta", "gamma")
    computer.program("python3", f'echo "python3 $*" >> "{computer.log}"; [ "$1" != -m ]')
    (computer.tree / "requirements.txt").write_text("matplotlib==2\n")
    result = computer.run()
    assert result.returncode == 3  # the python3 of this computer cannot make an environment
    assert computer.calls()[-1] == f"python3 -m venv --clear {computer.tree}/.venv"


def test_an_old_cmake_is_replaced_by_one_from_the_registry(computer):
    computer.installed("alpha", "beta", "gamma")
    computer.program("cmake", "echo cmake version 3.22.1")
    # Makes an environment whose pip only writes down what it was asked for.
    computer.program(
        "python3",
        f"""[ "$1" = -m ] || exit 0
mkdir -p "${{@: -1}}/bin"
printf '#!/bin/sh\\necho "pip $*" >> "{computer.log}"\\n' > "${{@: -1}}/bin/python"
chmod +x "${{@: -1}}/bin/python" """,
    )
    result = computer.run()
    assert result.returncode == 0, result.stderr
    assert "--only-binary :all:" in computer.calls()[-1]
    assert "cmake==3." in computer.calls()[-1]


def test_an_unknown_argument_is_refused(computer):
    for tool in ("setup", "test"):
        result = computer.run("--instal", tool=tool)
        assert result.returncode == 2
        assert "unknown argument '--instal'" in result.stderr
