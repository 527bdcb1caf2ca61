#include "tests/sim/links/copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/evaluate/evaluate.h"
#include "models/hardware/load_hardware.h"
#include "sim/simulate.h"
#include "tests/sim/links/table.h"
#include "tests/support/machine.h"

namespace partita::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

class Collector {
 public:
  // Times in microseconds.
  void add(const std::string& series, double size, double time) {
    if (size >= 1 && size < 1e15 && time > 0 && time < 1e12) {
      times_[series][std::llround(size)].push_back(time);
    } else {
      ++unusable_;
    }
  }
  int unusable() const { return unusable_; }

  std::vector<CopySeries> series() const {
    std::vector<CopySeries> all;
    for (const auto& [name, by_size] : times_) {
      CopySeries series{name, {}};
      for (const auto& [size, times] : by_size) {
        std::vector<double> ordered = times;
        std::sort(ordered.begin(), ordered.end());
        const std::size_t half = ordered.size() / 2;
        const double time =
            ordered.size() % 2 == 1 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2;
        series.copies.push_back({Bytes{size}, Time{std::llround(time * 1e6)}});
      }
      all.push_back(std::move(series));
    }
    return all;
  }

 private:
  std::map<std::string, std::map<std::int64_t, std::vector<double>>> times_;
  int unusable_ = 0;
};

void add_sizes_and_rates(const Table& table, const std::string& name, Collector& collector) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double size = table.number(row, "bytes");
    for (const char* column :
         {"h2d_pinned_gbps", "d2h_pinned_gbps", "h2d_pageable_gbps", "d2h_pageable_gbps"}) {
      if (!table.has(column)) continue;
      collector.add(fmt::format("{} {}", name, column), size,
                    size / table.number(row, column) / 1e3);
    }
  }
}

// False: nothing in it is known to be a series of copies.
bool add_file(const Table& table, const std::string& name, Collector& collector) {
  if (table.has("bytes")) {
    add_sizes_and_rates(table, name, collector);
    return true;
  }
  if (!table.has("size_bytes")) return false;
  const bool rates = table.has("bandwidth_MBps");
  const bool times = table.has("test") && table.has("avg_us");
  for (std::size_t row = 0; row < table.rows() && (rates || times); ++row) {
    const double size = table.number(row, "size_bytes");
    if (rates) {
      collector.add(name, size, size / table.number(row, "bandwidth_MBps"));
    } else {
      collector.add(fmt::format("{} {}", name, table.text(row, "test")), size,
                    table.number(row, "avg_us"));
    }
  }
  return rates || times;
}

}  // namespace

std::vector<CopySeries> read_send_recv(const fs::path& folder, std::vector<std::string>& skipped) {
  std::vector<CopySeries> all;
  if (!fs::is_directory(folder)) {
    skipped.push_back(folder.string() + ": no such folder");
    return all;
  }
  for (const fs::path& at : sorted(folder)) {
    const fs::path file = at / "send_recv.csv";
    if (!fs::exists(file)) {
      skipped.push_back(at.string() + ": it has no send_recv.csv");
      continue;
    }
    const auto table =
        read_table(file, {"size", "devices_per_node", "time_stats.send_recv.median"}, skipped);
    if (!table) continue;
    Collector collector;
    for (std::size_t row = 0; row < table->rows(); ++row) {
      // Two devices of one node; one device of each of two nodes.
      const bool inside = table->number(row, "devices_per_node") >= 2;
      collector.add(fmt::format("{} send_recv {}", at.filename().string(),
                                inside ? "inside a node" : "between nodes"),
                    table->number(row, "size"),
                    1e3 * table->number(row, "time_stats.send_recv.median"));
    }
    if (collector.unusable() > 0) {
      skipped.push_back(
          fmt::format("{}: {} rows without a size or time", file.string(), collector.unusable()));
    }
    for (CopySeries& series : collector.series()) all.push_back(std::move(series));
  }
  return all;
}

std::vector<CopySeries> read_copies(const fs::path& folder, std::vector<std::string>& skipped) {
  std::vector<CopySeries> all;
  if (!fs::is_directory(folder)) {
    skipped.push_back(folder.string() + ": no such folder");
    return all;
  }
  for (const fs::path& file : sorted(folder)) {
    if (file.extension() != ".csv") continue;
    const auto table = read_table(file, {}, skipped);
    if (!table) continue;
    Collector collector;
    const bool known = add_file(*table, file.stem().string(), collector);
    if (!known) skipped.push_back(file.string() + ": no columns of sizes and rates or times");
    if (collector.unusable() > 0) {
      skipped.push_back(
          fmt::format("{}: {} rows without a size or time", file.string(), collector.unusable()));
    }
    for (CopySeries& series : collector.series()) {
      if (series.copies.size() < 8) {
        skipped.push_back(
            fmt::format("{}: {} sizes are too few", series.name, series.copies.size()));
      } else {
        all.push_back(std::move(series));
      }
    }
  }
  return all;
}

std::vector<MeasuredCopy> every_second(const std::vector<MeasuredCopy>& copies, std::size_t from) {
  std::vector<MeasuredCopy> taken;
  for (std::size_t i = from; i < copies.size(); i += 2) taken.push_back(copies[i]);
  return taken;
}

std::vector<MeasuredCopy> eight_of(const std::vector<MeasuredCopy>& copies) {
  constexpr int kRatios = 6;
  const auto least = static_cast<double>(copies.front().size.value);
  const auto most = static_cast<double>(copies.back().size.value);
  std::vector<double> wanted;
  for (int i = 0; i < kRatios; ++i) {
    wanted.push_back(least * std::pow(most / least, static_cast<double>(i) / (kRatios - 1)));
  }
  wanted.push_back(most / 3);
  wanted.push_back(most * 2 / 3);
  std::map<std::int64_t, MeasuredCopy> taken;
  for (const double size : wanted) {
    const MeasuredCopy* nearest = nullptr;
    double distance = 0;
    for (const MeasuredCopy& copy : copies) {
      if (taken.contains(copy.size.value)) continue;
      const double apart = std::abs(std::log(static_cast<double>(copy.size.value) / size));
      if (nearest != nullptr && apart >= distance) continue;
      nearest = &copy;
      distance = apart;
    }
    if (nearest != nullptr) taken.emplace(nearest->size.value, *nearest);
  }
  std::vector<MeasuredCopy> eight;
  for (const auto& [size, copy] : taken) eight.push_back(copy);
  return eight;
}

namespace {

Hardware machine_with(Bandwidth bandwidth, const std::vector<Regime>& regimes) {
  Machine machine;
  const MemoryId src = machine.memory("src", Bandwidth{1'000'000'000'000'000});
  const MemoryId dst = machine.memory("dst", Bandwidth{1'000'000'000'000'000});
  machine.processor("p0", src);
  machine.processor("p1", dst);
  machine.engine("dma", src);
  machine.parts.links[machine.link("link", src, dst, bandwidth)].regimes = regimes;
  return load_hardware(Document::parse_text(to_yaml(machine.build()), "fitted.yaml"));
}

// One tensor from one memory to the other.
struct OneCopy {
  Network network;
  CostTable costs = costs_of({{Time{1}, Time{1}}, {Time{1}, Time{1}}});

  explicit OneCopy(Bytes size) : network(network_of(size)) {}
  static Network network_of(Bytes size) {
    Graph graph;
    graph.layer("b", {graph.layer("a", {}, size)}, Bytes{1});
    return graph.build();
  }
};

}  // namespace

void elaborate_copies() {
  const Hardware hardware = machine_with(Bandwidth{1'000'000'000}, {});
  const OneCopy copy(Bytes{1});
  sim::Simulator(copy.network, hardware, copy.costs, {.fidelity = Fidelity::Packet});
}

Deviation simulated(const std::vector<Regime>& regimes, const std::vector<MeasuredCopy>& copies) {
  constexpr std::size_t kSimulated = 12;
  // The link itself is as fast as the fastest copy.
  Bandwidth fastest{1};
  for (const MeasuredCopy& copy : copies) {
    fastest = std::max(fastest, copy.size / copy_time(regimes, copy.size));
  }
  fastest.value += 1;  // that was rounded down
  const Hardware hardware = machine_with(fastest, regimes);
  Deviation deviation;
  for (std::size_t i = 0; i < std::min(kSimulated, copies.size()); ++i) {
    const Bytes size = copies[i * copies.size() / std::min(kSimulated, copies.size())].size;
    if (size < regimes.front().from) continue;
    const OneCopy copy(size);
    const Plan plan = plan_of(copy.network, hardware, {{0}, {1}});
    for (const Fidelity fidelity : {Fidelity::Fluid, Fidelity::Packet}) {
      sim::Simulator simulator(copy.network, hardware, copy.costs, {.fidelity = fidelity});
      const LegSpan leg = simulator.run(plan).legs.at(0);
      const double off = 100 * std::abs(static_cast<double>((leg.finish - leg.start).count()) /
                                            static_cast<double>(copy_time(regimes, size).count()) -
                                        1);
      double& largest = fidelity == Fidelity::Fluid ? deviation.fluid : deviation.packet;
      largest = std::max(largest, off);
    }
  }
  return deviation;
}

}  // namespace partita::test
