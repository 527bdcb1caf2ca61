"""The tests that the preset `tsan` runs: those with threads, and those that start workers."""

import json
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# What a test has, or includes, that works on several threads or on memory that others share.
SHARES = re.compile(
    r"\bstd::j?thread\b(?!::)|exec/worker/shared_memory\.h|exec/replay/replay\.h"
    r"|exec/runtime/(real_execution|disturber)\.h|sim/(pool|side_by_side)\.h"
)


def name_filter() -> str:
    presets = json.loads((REPOSITORY / "CMakePresets.json").read_text())["testPresets"]
    return next(preset for preset in presets if preset["name"] == "tsan")["filter"]["include"]["name"]


def sources_of_tests() -> dict[str, list[Path]]:
    programs = {}
    for listed in (REPOSITORY / "tests").rglob("CMakeLists.txt"):
        for name, words in re.findall(r"^partita_test\((\w+)\s+SOURCES([^)]*)\)", listed.read_text(), re.MULTILINE):
            programs[name] = [listed.parent / word for word in words.split() if word.endswith(".cpp")]
    return programs


def test_each_name_of_the_filter_is_that_of_a_test():
    beginnings = re.match(r"\^\(([\w|]+)\)", name_filter())[1].split("|")
    programs = sources_of_tests()
    gone = [name for name in beginnings if not any(re.fullmatch(f"{name}[a-z_]*_test", each) for each in programs)]
    assert gone == []


def test_the_filter_names_every_test_with_threads_or_workers():
    sharing = [
        name
        for name, sources in sources_of_tests().items()
        if any(SHARES.search(source.read_text()) for source in sources if source.exists())
    ]
    assert len(sharing) > 10
    assert [name for name in sharing if not re.search(name_filter(), f"{name}.Case")] == []
