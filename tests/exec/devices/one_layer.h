// One layer with operands that a test chooses, run by a device's kernels and judged by the reference
// executor.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita::exec {

struct Operand {
  TensorValue value;
  bool constant = false;  // a weight: prepared once, in the layout that the kernel likes
};

struct OneLayer {
  OpKind kind;
  Attributes attributes;
  std::vector<Operand> operands;
  std::vector<std::pair<DataType, Shape>> results;
};

struct Judged {
  double difference = 0;  // largest of all results, relative to the largest reference value
  std::string implementation;
  std::vector<TensorValue> results;
};

// Runs the only layer of a network and says by what. Twice in a row, on results full of rubbish: a
// kernel must not depend on what its buffers held before.
using RunLayer = std::function<std::vector<TensorValue>(
    const Network& network, const OneLayer& layer, std::string& implementation)>;

Judged judge(const OneLayer& layer, const RunLayer& run);

// Values that depend on the seed alone, uniform in [low, high).
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : engine_(seed) {}
  std::int64_t integer(std::int64_t low, std::int64_t high);  // both included
  TensorValue floats(Shape shape, double low = -1, double high = 1);
  TensorValue integers(DataType type, Shape shape, std::int64_t low, std::int64_t high);

 private:
  std::mt19937 engine_;
};

}  // namespace partita::exec
