// A machine of two workers and a network to examine it with.
#pragma once

#include "exec/exam/draw_plans.h"
#include "models/evaluate/evaluate.h"
#include "tests/support/diamonds.h"

namespace partita::exec::test_case {

using namespace std::chrono_literals;

// Two processors that copy by themselves through a shared memory; cpu0 has wider vectors.
inline HardwareParts machine() {
  test::Machine m;
  const MemoryId dram = m.memory("dram", Bandwidth{100'000'000'000});
  const MemoryId shared = m.part("shared", dram);
  for (const char* number : {"0", "1"}) {
    const MemoryId own = m.part(std::string{"mem"} + number, dram);
    const ProcessorId p = m.processor(std::string{"cpu"} + number, own);
    ProcessorSpec& spec = m.parts.processors[p];
    spec.launch_overhead = 5us;
    spec.copy_setup = 2us;
    const bool strong = index(p) == 0;
    spec.peak[static_cast<std::size_t>(DataType::F32)] =
        FlopRate{strong ? 100'000'000'000 : 25'000'000'000};
    spec.execution = ExecutionSpec{.backend = "cpu-onednn",
                                   .isa = strong ? "avx2" : "avx",
                                   .core = static_cast<int>(index(p))};
    m.link(std::string{"link"} + number, own, shared, Bandwidth{8'000'000'000});
  }
  m.package(1.2, {ProcessorId{0}, ProcessorId{1}});
  return m.parts;
}

inline Network network(const std::string& first = "start") { return test::diamonds(6, first); }

inline CostTable costs(const Network& network) {
  CostTable table(network.layer_count(), 2);
  for (const LayerId id : network.layers()) {
    const int n = static_cast<int>(index(id));
    table.set(id, ProcessorId{0}, LayerCost{Time{(100 + 13 * (n % 7)) * 1'000'000LL}, Bytes{}});
    table.set(id, ProcessorId{1}, LayerCost{Time{(150 + 31 * (n % 5)) * 1'000'000LL}, Bytes{}});
  }
  return table;
}

// Plans with what `truth` makes of them as measurements.
inline std::vector<ExamPlan> measured_plans(const Network& net, const Hardware& before,
                                            const Hardware& truth, const CostTable& table) {
  std::vector<ExamPlan> plans = draw_plans(net, before, table);
  const CostTable real = rescaled(table, before, truth);
  Evaluator evaluator(net, truth, real);
  for (ExamPlan& plan : plans) {
    plan.measured = evaluator.run(plan.plan);
    plan.makespans = {plan.measured.makespan, plan.measured.makespan + 1us};
    plan.clean = 2;
    plan.discarded = 1;
    plan.trustworthy = true;
  }
  return plans;
}

}  // namespace partita::exec::test_case
