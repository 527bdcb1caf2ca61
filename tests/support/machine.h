// Short ways to write down machines and networks in tests.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::test {

constexpr Bytes kLarge{std::int64_t{1} << 50};

// Parts of a machine that nothing limits unless a test says so.
class Machine {
 public:
  MemoryId memory(const std::string& name, Bandwidth bandwidth, Bytes capacity = kLarge);
  MemoryId part(const std::string& name, MemoryId whole,
                Bytes capacity = Bytes{std::int64_t{1} << 40});
  ProcessorId processor(const std::string& name, MemoryId memory);
  EngineId engine(const std::string& name, MemoryId memory, Time setup = Time{0},
                  Direction direction = Direction::Both);
  SwitchId node(const std::string& name, Time latency = Time{0});  // a switch
  LinkId link(const std::string& name, Endpoint a, Endpoint b, Bandwidth bandwidth,
              Time latency = Time{0}, bool full_duplex = true);
  std::size_t package(double slowdown, std::initializer_list<ProcessorId> members);

  HardwareParts parts;
  Hardware build() const { return HardwareBuilder::build(parts); }
};

// A network of opaque layers, numbered in the order in which they are added.
class Graph {
 public:
  Graph() : builder_("graph") {}

  TensorId input(const std::string& name, Bytes size);
  TensorId weight(const std::string& name, Bytes size);
  // A layer with one result of its own name.
  TensorId layer(const std::string& name, const std::vector<TensorId>& inputs, Bytes result,
                 Bytes workspace = Bytes{});
  // The same, whose result travels in a given time.
  TensorId layer_sent_in(Time transfer_time, const std::string& name,
                         const std::vector<TensorId>& inputs, Bytes result);
  void output(TensorId tensor) { builder_.add_output(tensor); }
  Network build() { return builder_.build({"graph", 0, 0}); }

 private:
  TensorId add(const std::string& name, TensorKind kind, Bytes size);
  void add_layer(const std::string& name, const std::vector<TensorId>& inputs, TensorId result,
                 Bytes workspace);

  NetworkBuilder builder_;
};

// Rows: layers, columns: processors; no traffic.
CostTable costs_of(std::initializer_list<std::initializer_list<Time>> times);

// `orders[p]`: layers of processor p, by number. Fails the program if it is no plan.
Plan plan_of(const Network& network, const Hardware& hardware,
             const std::vector<std::vector<int>>& orders);

}  // namespace partita::test
