// Whether two machines are the same in everything but where they were read.
#pragma once

#include <gtest/gtest.h>

#include "models/hardware/hardware.h"

namespace partita::test {

inline void expect_same(const ProcessorSpec& a, const ProcessorSpec& b) {
  SCOPED_TRACE("processor " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.memory, b.memory);
  EXPECT_EQ(a.peak, b.peak);
  EXPECT_EQ(a.efficiency, b.efficiency);
  EXPECT_EQ(a.bandwidth_efficiency, b.bandwidth_efficiency);
  EXPECT_EQ(a.time_scale, b.time_scale);
  EXPECT_EQ(a.supports, b.supports);
  EXPECT_EQ(a.launch_overhead, b.launch_overhead);
  EXPECT_EQ(a.streams, b.streams);
  EXPECT_EQ(a.stream_share, b.stream_share);
  EXPECT_EQ(a.copy_setup, b.copy_setup);
  EXPECT_EQ(a.package, b.package);
  EXPECT_EQ(a.idle, b.idle);
  EXPECT_EQ(a.active, b.active);
  ASSERT_EQ(a.sleep.has_value(), b.sleep.has_value());
  if (a.sleep) {
    EXPECT_EQ(a.sleep->after, b.sleep->after);
    EXPECT_EQ(a.sleep->power, b.sleep->power);
    EXPECT_EQ(a.sleep->wake, b.sleep->wake);
  }
  ASSERT_EQ(a.execution.has_value(), b.execution.has_value());
  if (!a.execution) return;
  EXPECT_EQ(a.execution->backend, b.execution->backend);
  EXPECT_EQ(a.execution->device, b.execution->device);
  EXPECT_EQ(a.execution->options, b.execution->options);
  EXPECT_EQ(a.execution->process, b.execution->process);
  EXPECT_EQ(a.execution->isa, b.execution->isa);
  EXPECT_EQ(a.execution->core, b.execution->core);
}

inline void expect_same(const MemorySpec& a, const MemorySpec& b) {
  SCOPED_TRACE("memory " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.capacity, b.capacity);
  EXPECT_EQ(a.bandwidth, b.bandwidth);
  EXPECT_EQ(a.part_of, b.part_of);
  EXPECT_EQ(a.idle, b.idle);
  EXPECT_EQ(a.energy, b.energy);
}

inline void expect_same(const EngineSpec& a, const EngineSpec& b) {
  SCOPED_TRACE("engine " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.memory, b.memory);
  EXPECT_EQ(a.direction, b.direction);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.setup, b.setup);
  EXPECT_EQ(a.chunk, b.chunk);
  EXPECT_EQ(a.completion, b.completion);
  EXPECT_EQ(a.outstanding, b.outstanding);
}

inline void expect_same(const LinkSpec& a, const LinkSpec& b) {
  SCOPED_TRACE("link " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.a, b.a);
  EXPECT_EQ(a.b, b.b);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.bandwidth, b.bandwidth);
  EXPECT_EQ(a.latency, b.latency);
  EXPECT_EQ(a.full_duplex, b.full_duplex);
  EXPECT_EQ(a.regimes, b.regimes);
  EXPECT_EQ(a.bit_error_rate, b.bit_error_rate);
  EXPECT_EQ(a.replay_delay, b.replay_delay);
  EXPECT_EQ(a.credits, b.credits);
  ASSERT_EQ(a.compression.has_value(), b.compression.has_value());
  if (a.compression) {
    EXPECT_EQ(a.compression->ratio, b.compression->ratio);
    EXPECT_EQ(a.compression->rate, b.compression->rate);
  }
  EXPECT_EQ(a.priorities, b.priorities);
  EXPECT_EQ(a.load_store, b.load_store);
  EXPECT_EQ(a.idle, b.idle);
  EXPECT_EQ(a.energy, b.energy);
}

inline void expect_same(const SwitchSpec& a, const SwitchSpec& b) {
  SCOPED_TRACE("switch " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.latency, b.latency);
  EXPECT_EQ(a.peer_to_peer, b.peer_to_peer);
  EXPECT_EQ(a.arbiter, b.arbiter);
  EXPECT_EQ(a.upstream, b.upstream);
  EXPECT_EQ(a.reduction, b.reduction);
  EXPECT_EQ(a.multicast, b.multicast);
  EXPECT_EQ(a.ports, b.ports);
  EXPECT_EQ(a.idle, b.idle);
}

inline void expect_same(const PackageSpec& a, const PackageSpec& b) {
  SCOPED_TRACE("package " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.slowdown, b.slowdown);
}

inline void expect_same(const LoadSpec& a, const LoadSpec& b) {
  SCOPED_TRACE("load " + a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_TRUE(a.effect == b.effect);
  EXPECT_EQ(a.from, b.from);
  EXPECT_EQ(a.until, b.until);
  EXPECT_EQ(a.every, b.every);
}

template <class Specs>
void expect_same_specs(const Specs& a, const Specs& b) {
  ASSERT_EQ(a.size(), b.size());
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) expect_same(*x, *y);
}

// Channels and routes follow from the rest.
inline void expect_same(const CalibratedSpec& a, const CalibratedSpec& b) {
  EXPECT_EQ(a.from, b.from);
  ASSERT_EQ(a.numbers.size(), b.numbers.size());
  for (std::size_t i = 0; i < a.numbers.size(); ++i) {
    EXPECT_EQ(a.numbers[i].name, b.numbers[i].name);
    EXPECT_EQ(a.numbers[i].before, b.numbers[i].before);
    EXPECT_EQ(a.numbers[i].after, b.numbers[i].after);
    EXPECT_EQ(a.numbers[i].low, b.numbers[i].low);
    EXPECT_EQ(a.numbers[i].high, b.numbers[i].high);
  }
}

inline void expect_same(const Hardware& a, const Hardware& b) {
  ASSERT_EQ(a.calibrated().has_value(), b.calibrated().has_value());
  if (a.calibrated()) expect_same(*a.calibrated(), *b.calibrated());
  EXPECT_EQ(a.name(), b.name());
  EXPECT_EQ(a.description(), b.description());
  EXPECT_EQ(a.host(), b.host());
  expect_same_specs(a.processors(), b.processors());
  expect_same_specs(a.memories(), b.memories());
  expect_same_specs(a.engines(), b.engines());
  expect_same_specs(a.links(), b.links());
  expect_same_specs(a.switches(), b.switches());
  expect_same_specs(a.packages(), b.packages());
  expect_same_specs(a.load(), b.load());
}

}  // namespace partita::test
