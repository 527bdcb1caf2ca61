// The machine and the network of the tests of relocations and services.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "partition/runtime/configuration.h"
#include "tests/support/machine.h"

namespace partita::test {

// Processors p and q on memories mp and mq, an engine each, 1 B a nanosecond between them; layers a,
// b and c in a row, with weights wa of 1000 B, wb of 2000 B and wc of 4000 B.
class TwoMemories : public testing::Test {
 protected:
  static constexpr ProcessorId kP{0}, kQ{1};
  static constexpr MemoryId kOfP{0}, kOfQ{1};

  explicit TwoMemories(Bytes capacity_p = kLarge, Bytes capacity_q = kLarge) {
    machine_.processor("p", machine_.memory("mp", Bandwidth{1'000'000'000'000}, capacity_p));
    machine_.processor("q", machine_.memory("mq", Bandwidth{1'000'000'000'000}, capacity_q));
    machine_.engine("dp", kOfP, Time{0}, Direction::Out);
    machine_.engine("dq", kOfQ, Time{0}, Direction::Out);
    machine_.link("link", kOfP, kOfQ, Bandwidth{1'000'000'000});
    hardware_ = machine_.build();
    Graph graph;
    wa_ = graph.weight("wa", Bytes{1'000});
    wb_ = graph.weight("wb", Bytes{2'000});
    wc_ = graph.weight("wc", Bytes{4'000});
    const TensorId a = graph.layer("a", {wa_}, Bytes{1});
    const TensorId b = graph.layer("b", {a, wb_}, Bytes{1});
    graph.layer("c", {b, wc_}, Bytes{1});
    network_ = graph.build();
  }

  // Named after where its layers are: "ppq".
  std::shared_ptr<const Plan> plan(const std::string& places) const {
    IdVector<LayerId, ProcessorId> processor;
    IdVector<LayerId, double> rank;
    for (const char place : places) {
      processor.push_back(place == 'p' ? kP : kQ);
      rank.push_back(static_cast<double>(rank.size()));
    }
    auto made = make_plan(*network_, *hardware_,
                          ordered_by(processor, hardware_->processors().size(), rank), places);
    return std::make_shared<const Plan>(std::get<Plan>(std::move(made)));
  }
  std::shared_ptr<const Configuration> configuration(const std::string& places) const {
    return std::make_shared<const Configuration>(
        Configuration{"all " + places, {plan(places), plan(places)}});
  }

  Machine machine_;
  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  TensorId wa_{}, wb_{}, wc_{};
};

}  // namespace partita::test
