"""Each rule of tools/check_layers.py is seen to fail on a made-up tree that breaks it."""

import subprocess
import sys
from pathlib import Path

import pytest

import check_layers

REPOSITORY = Path(__file__).resolve().parents[2]


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_cpp", ".cpp").replace("_h", ".h")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def violations(root: Path) -> list[str]:
    return [str(v) for path in check_layers.sources(root) for v in check_layers.check_file(root, path)]


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        ("models__a_cpp", '#include "sim/link.h"', "models/ must not include sim/"),
        ("partition__a_cpp", '#include "exec/worker.h"', "partition/ must not include exec/"),
        ("sim__a_cpp", '#include "exec/worker.h"', "sim/ must not include exec/"),
        ("exec__a_cpp", '#include "sim/link.h"', "exec/ must not include sim/"),
        ("exec__a_cpp", '#include "tools/partita.h"', "exec/ must not include tools/"),
        ("tools__a_cpp", '#include "tests/support.h"', "tools/ must not include tests/"),
        ("models__a_cpp", '  #  include   "sim/link.h"', "models/ must not include sim/"),
        ("models__hardware__a_cpp", "#include <yaml-cpp/yaml.h>", "may include yaml-cpp"),
        ("models__base__documents_cpp", "#include <yaml-cpp/yaml.h>", "may include yaml-cpp"),
        ("models__network__a_cpp", "#include <onnx/onnx_pb.h>", "may include ONNX"),
        ("exec__a_cpp", "#include <google/protobuf/message.h>", "may include ONNX"),
        ("exec__a_cpp", "#include <systemc>", "may include SystemC"),
        ("partition__a_cpp", "#include <tlm.h>", "may include SystemC"),
        ("exec__a_cpp", "#include <oneapi/dnnl/dnnl.hpp>", "may include oneDNN"),
        ("sim__a_cpp", "#include <dnnl.hpp>", "may include oneDNN"),
        ("exec__worker__a_cpp", "#include <hwloc.h>", "may include hwloc"),
        ("exec__host__a_cpp", "#include <CLI/CLI.hpp>", "may include CLI11"),
        ("exec__a_cpp", "#include <cuda_runtime.h>", "may include CUDA"),
        ("models__a_cpp", "#include <thread>", "must not know a thread"),
        ("models__a_cpp", "#include <mutex>", "must not know a thread"),
        ("models__a_cpp", "auto now = std::chrono::steady_clock::now();", "must not know a clock"),
        ("models__a_cpp", "auto now = std::chrono::system_clock::now();", "must not know a clock"),
        ("models__a_cpp", "std::random_device seed;", "a source of chance"),
        ("sim__a_cpp", '#include "link.h"', "'link.h' is no file"),
        ("sim__a_cpp", "#include <models/units.h>", "<models/units.h> is ours"),
    ],
)
def test_a_broken_rule_is_found(tmp_path, file, line, expected):
    there = {"models__units_h": "", "sim__link_h": "", "exec__worker_h": ""}
    root = tree(tmp_path, **there, **{file: f"// text\n{line}\n"})
    found = violations(root)
    assert len(found) == 1
    assert expected in found[0]
    assert ":2:" in found[0]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("partition__a_cpp", '#include "models/units.h"'),
        ("sim__a_cpp", "#include <systemc>"),
        ("models__base__document_cpp", "#include <yaml-cpp/parser.h>"),
        ("models__network__onnx__read_cpp", "#include <onnx/onnx_pb.h>"),
        ("exec__devices__cpu_onednn__conv_cpp", "#include <oneapi/dnnl/dnnl.hpp>"),
        ("exec__a_cpp", "#include <thread>"),
        ("tests__a_cpp", '#include "models/units.h"'),
        ("models__a_cpp", "#include <chrono>"),
        ("models__a_cpp", "// a steady_clock is what exec has"),
        ("models__a_cpp", 'const char* text = "no steady_clock here";'),
        ("models__a_cpp", 'const char* text = R"(\n#include <thread>\nsteady_clock)";'),
        ("models__a_cpp", '/*\n#include "sim/link.h"\n*/'),
        ("models__a_cpp", "char quote = '\"';  // \" steady_clock"),
    ],
)
def test_what_is_allowed_passes(tmp_path, file, line):
    assert violations(tree(tmp_path, models__units_h="", **{file: line})) == []


def run(root: Path) -> subprocess.CompletedProcess:
    program = REPOSITORY / "tools/check_layers.py"
    return subprocess.run([sys.executable, program, root], capture_output=True, text=True, check=False)


def test_the_command_names_every_place_and_fails(tmp_path):
    tree(tmp_path, models__a_cpp="#include <thread>\n#include <mutex>\n", sim__b_cpp="#include <dnnl.hpp>\n")
    result = run(tmp_path)
    assert result.returncode == 1
    assert [line.split(" ")[0] for line in result.stdout.splitlines()[:-1]] == [
        "models/a.cpp:1:1:",
        "models/a.cpp:2:1:",
        "sim/b.cpp:1:1:",
    ]
    assert "2 files, 3 broken rules" in result.stdout


def test_a_folder_without_sources_is_no_success(tmp_path):
    assert run(tmp_path).returncode == 2


def test_a_name_stands_for_one_type_in_a_namespace(tmp_path):
    root = tree(
        tmp_path,
        models__a_h="namespace partita {\n// struct Other {\nstruct Block {\n};\nclass Forward;\n}\n",
        partition__b_h="namespace partita {\nclass Forward {\n};\nclass Block : Base {\n};\nstruct Other {\n};\n}\n",
        sim__c_h="namespace partita::sim {\nstruct Block {\n};\n}\n",
        sim__d_cpp="namespace partita {\nnamespace {\nstruct Block {\n};\n}\n}\n",
    )
    found = [str(v) for v in check_layers.check_names(root, check_layers.sources(root))]
    assert found == ["partition/b.h:4:1: error: 'partita::Block' is the name of a type in models/a.h, too"]
