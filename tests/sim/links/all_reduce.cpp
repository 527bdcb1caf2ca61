#include "tests/sim/links/all_reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "models/collectives/collectives.h"
#include "models/evaluate/evaluate.h"
#include "tests/sim/links/table.h"

namespace partita::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// Times in microseconds, by size.
using Times = std::map<std::int64_t, std::vector<double>>;

void add(Times& times, double size, double time) {
  if (size >= 1 && size < 1e15 && time > 0 && time < 1e12) {
    times[std::llround(size)].push_back(time);
  }
}

AllReduceSeries series_of(std::string name, std::size_t ranks, Times times) {
  AllReduceSeries series{std::move(name), ranks, {}};
  for (auto& [size, each] : times) {
    std::sort(each.begin(), each.end());
    const std::size_t half = each.size() / 2;
    const double time = each.size() % 2 == 1 ? each[half] : (each[half - 1] + each[half]) / 2;
    series.points.push_back({Bytes{size}, Time{std::llround(time * 1e6)}});
  }
  return series;
}

void read_vidur(const fs::path& folder, std::vector<AllReduceSeries>& all,
                std::vector<std::string>& skipped) {
  const auto table = read_table(
      folder / "all_reduce.csv",
      {"size", "num_workers", "devices_per_node", "time_stats.all_reduce.median"}, skipped);
  if (!table) return;
  std::map<std::size_t, Times> by_ranks;
  std::set<int> spanning;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const double ranks = table->number(row, "num_workers");
    if (ranks != table->number(row, "devices_per_node")) {
      spanning.insert(static_cast<int>(ranks));
      continue;
    }
    add(by_ranks[static_cast<std::size_t>(ranks)], table->number(row, "size"),
        1e3 * table->number(row, "time_stats.all_reduce.median"));
  }
  for (const int ranks : spanning) {
    skipped.push_back(fmt::format("{}: {} ranks in several nodes, which no machine here has",
                                  (folder / "all_reduce.csv").string(), ranks));
  }
  for (auto& [ranks, times] : by_ranks) {
    all.push_back(series_of("vidur " + folder.filename().string(), ranks, std::move(times)));
  }
}

void read_llmcompass(const fs::path& file, std::vector<AllReduceSeries>& all,
                     std::vector<std::string>& skipped) {
  const std::string name = file.stem().string();
  const std::size_t at = name.find('_') + 1, by = name.find('x', at);
  std::size_t ranks = 0;
  if (by == std::string::npos ||
      std::from_chars(name.data() + at, name.data() + by, ranks).ec != std::errc{} || ranks < 2) {
    skipped.push_back(file.string() + ": its name does not say of how many ranks it is");
    return;
  }
  const auto table = read_table(file, {"size_bytes", "latency_us"}, skipped);
  if (!table) return;
  Times times;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    add(times, table->number(row, "size_bytes"), table->number(row, "latency_us"));
  }
  all.push_back(series_of("llmcompass " + name, ranks, std::move(times)));
}

}  // namespace

std::vector<AllReduceSeries> read_all_reduce(const fs::path& measured,
                                             std::vector<std::string>& skipped) {
  std::vector<AllReduceSeries> all;
  for (const fs::path& folder : sorted(measured / "vidur" / "network")) {
    if (fs::exists(folder / "all_reduce.csv")) read_vidur(folder, all, skipped);
  }
  for (const fs::path& file : sorted(measured / "llmcompass")) {
    if (file.filename().string().rfind("allreduce_", 0) == 0) read_llmcompass(file, all, skipped);
  }
  for (const fs::path& file : sorted(measured / "copies")) {
    if (file.filename().string().find("allreduce") == std::string::npos) continue;
    skipped.push_back(file.string() + ": of several nodes, which no machine here has");
  }
  return all;
}

std::optional<Time> all_reduce_time(const Hardware& hardware, std::size_t ranks, Bytes size,
                                    const CollectiveChoice& choice) {
  std::vector<ProcessorId> gpus;
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    if (hardware.processors()[p].kind == ProcessorKind::Gpu) gpus.push_back(p);
  }
  if (gpus.size() < ranks) return std::nullopt;

  NetworkBuilder builder("all_reduce");
  Layer sum;
  sum.name = "sum";
  sum.kind = OpKind::AllReduce;
  const auto add_tensor = [&](const std::string& name) {
    Tensor tensor;
    tensor.name = name;
    tensor.type = DataType::F16;
    tensor.shape = {std::max<std::int64_t>(1, size.value / 2)};
    return builder.add_tensor(std::move(tensor));
  };
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    Layer maker;
    maker.name = fmt::format("x{}", rank);
    maker.outputs = {add_tensor(maker.name)};
    sum.inputs.push_back(maker.outputs.front());
    builder.add_layer(std::move(maker));
  }
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    sum.outputs.push_back(add_tensor(fmt::format("y{}", rank)));
  }
  builder.add_layer(std::move(sum));
  const Network network = builder.build({"all_reduce", 0, 0});

  // Operands are there after 1 ps.
  CostTable costs(network.layer_count(), hardware.processors().size());
  Placement placement;
  placement.order.resize(hardware.processors().size());
  for (const LayerId layer : network.layers()) {
    const ProcessorId at = gpus[index(layer) % ranks];
    placement.processor.push_back(at);
    placement.order[at].push_back(layer);
    LayerCost cost;
    cost.launched = false;
    costs.set(layer, at, cost);
  }
  auto plan = make_plan(network, hardware, std::move(placement), "measured");
  if (std::holds_alternative<BadPlan>(plan)) return std::nullopt;
  const auto made = with_collectives(
      network, hardware, costs,
      with_choices(std::get<Plan>(std::move(plan)), {{static_cast<LayerId>(ranks), choice}}));
  const auto* all = std::get_if<Expanded>(&made);
  if (all == nullptr) return std::nullopt;
  Evaluator evaluator(all->network, all->hardware, all->costs);
  return evaluator.run(all->plan).makespan - Time{1};
}

Curve fastest(const Hardware& hardware, std::size_t ranks, const std::vector<Bytes>& sizes,
              const std::vector<CollectiveChoice>& choices) {
  Curve curve;
  for (const Bytes size : sizes) {
    std::optional<std::pair<Time, CollectiveChoice>> best;
    for (const CollectiveChoice& choice : choices) {
      const auto time = all_reduce_time(hardware, ranks, size, choice);
      if (time && (!best || *time < best->first)) best = {*time, choice};
    }
    if (!best) continue;
    curve.points.push_back({size, best->first});
    curve.choices.push_back(best->second);
  }
  return curve;
}

Hardware with_steps(const Hardware& hardware, Time setup, double share) {
  HardwareParts parts = hardware.parts();
  for (EngineSpec& engine : parts.engines) engine.setup = setup;
  for (LinkSpec& link : parts.links) {
    if (link.kind != "nvlink") continue;
    link.bandwidth.value = std::llround(share * static_cast<double>(link.bandwidth.value));
  }
  return HardwareBuilder::build(std::move(parts));
}

}  // namespace partita::test
