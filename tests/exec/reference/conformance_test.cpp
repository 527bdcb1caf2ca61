// The ONNX backend test suite: single-operator models with inputs and outputs, made by the ONNX
// project from numpy and PyTorch. Every one that the importer takes must give the outputs demanded.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "exec/reference/reference.h"
#include "tests/exec/reference/onnx_case.h"

namespace partita {
namespace {

namespace fs = std::filesystem;

const fs::path kSuite = "/usr/share/libonnx-testdata/data";

// ONNX's own runner allows rtol 1e-3; here results in f32 may be off by a few roundings only.
// 16-bit results by one.
double allowed_share(DataType type) {
  switch (type) {
    case DataType::F32: return 1e-5;
    case DataType::F64: return 1e-7;
    case DataType::F16: return 1e-3;
    case DataType::BF16: return 8e-3;
    default: return 0;
  }
}

// "" if every element agrees.
std::string disagreement(const TensorValue& value, const TensorValue& expected) {
  if (value.type != expected.type || value.shape != expected.shape) return "another type or shape";
  const std::vector<double> a = numbers(value), b = numbers(expected);
  const double share = allowed_share(value.type);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double allowed = share == 0 ? 0 : 1e-6 + share * std::abs(b[i]);
    if (!(std::abs(a[i] - b[i]) <= allowed)) {
      return fmt::format("element {} is {:.9g} instead of {:.9g}", i, a[i], b[i]);
    }
  }
  return "";
}

struct Tally {
  int run = 0;
  std::vector<std::string> failed;
  std::set<std::string> operators;
  std::map<std::string, std::vector<std::string>> skipped;  // reason -> cases
};

void run_case(const fs::path& folder, Tally& tally) {
  const std::string name = folder.filename().string();
  std::variant<OnnxCase, NotRun> loaded = load_onnx_case(folder);
  if (const NotRun* not_run = std::get_if<NotRun>(&loaded)) {
    tally.skipped[not_run->reason].push_back(name);
    return;
  }
  const OnnxCase& test = std::get<OnnxCase>(loaded);
  if (const auto missing = missing_reference_kernels(test.network); !missing.empty()) {
    const std::string what = missing.front().substr(missing.front().find('('));
    tally.skipped[what].push_back(name);
    return;
  }
  ++tally.run;
  for (const LayerId id : test.network.layers()) {
    tally.operators.emplace(to_string(test.network.layer(id).kind));
  }
  const std::map<TensorId, TensorValue> results = run_reference(test.network, test.inputs, 0);
  for (const auto& [id, expected] : test.expected) {
    const std::string what = disagreement(results.at(id), expected);
    if (what.empty()) continue;
    tally.failed.push_back(fmt::format("{}: {}: {}", name, test.network.tensor(id).name, what));
    break;
  }
}

Tally run_suite(const std::string& suite) {
  std::set<fs::path> folders;  // in the order of their names
  for (const fs::directory_entry& entry : fs::directory_iterator(kSuite / suite)) {
    folders.insert(entry.path());
  }
  Tally tally;
  for (const fs::path& folder : folders) run_case(folder, tally);

  int skipped = 0;
  for (const auto& [reason, names] : tally.skipped) skipped += static_cast<int>(names.size());
  fmt::print("{}: {} run, {} failed, {} skipped; {} operators\n", suite, tally.run,
             tally.failed.size(), skipped, tally.operators.size());
  for (const auto& [reason, names] : tally.skipped) {
    fmt::print("  {:4} skipped: {} ({}{})\n", names.size(), reason, names.front(),
               names.size() > 1 ? ", ..." : "");
  }
  for (const std::string& failure : tally.failed) ADD_FAILURE() << failure;
  return tally;
}

// The floors are what libonnx-testdata 1.12 gives today: a case that is no longer run is noticed.
TEST(Conformance, EveryCaseAgrees) {
  if (!fs::exists(kSuite)) GTEST_SKIP() << kSuite << " is absent (package libonnx-testdata)";
  std::set<std::string> operators;
  for (const auto& [suite, floor] : std::map<std::string, int>{
           {"node", 427}, {"pytorch-converted", 72}, {"pytorch-operator", 26}}) {
    const Tally tally = run_suite(suite);
    EXPECT_GE(tally.run, floor) << suite;
    operators.insert(tally.operators.begin(), tally.operators.end());
  }
  for (const OpInfo& op : kOperators) {
    // Opaque computes nothing, Gelu is younger than the suite (opset 20), and collectives are ours.
    if (op.kind == OpKind::Opaque || op.kind == OpKind::Gelu || is_collective(op.kind)) continue;
    EXPECT_EQ(operators.count(std::string(op.name)), 1U) << op.name << " has no case";
  }
}

}  // namespace
}  // namespace partita
