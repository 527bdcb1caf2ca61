#include "tools/partita/copies_document.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exec/profile/stage.h"
#include "models/base/diagnostics.h"
#include "models/evaluate/evaluate.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;
using Direction = std::pair<std::string, std::string>;  // names of memories

struct Curve {
  std::map<Bytes, Time> times;
  std::vector<Regime> pieces;
};

// One copy after the other from processor to processor, of layers that take no time.
void add_curves(const exec::Stage& stage, const std::set<Bytes>& sizes, const Hardware& hardware,
                ProcessorId from, ProcessorId to, std::map<Direction, Curve>& curves) {
  CostTable costs(stage.network.layer_count(), hardware.processors().size());
  for (const LayerId layer : stage.network.layers()) {
    for (const ProcessorId p : {from, to}) costs.set(layer, p, LayerCost{Time{1}, Bytes{}});
  }
  auto made = make_plan(stage.network, hardware, stage.seated({from, to}, hardware), "copies");
  const Plan* plan = std::get_if<Plan>(&made);
  if (plan == nullptr) return;
  Evaluator evaluator(stage.network, hardware, costs);
  for (const LegSpan& span : evaluator.run(*plan).legs) {
    const Transfer& transfer = plan->transfers()[span.transfer];
    const Leg& leg = (*hardware.route(transfer.src, transfer.dst))[span.leg];
    const Bytes size = stage.network.tensor(transfer.tensor).size;
    if (sizes.count(size) == 0) continue;
    Curve& curve = curves[{hardware.memories()[leg.src].name, hardware.memories()[leg.dst].name}];
    curve.times[size] = span.finish - span.start;
    if (leg.paced.size() == 1) curve.pieces = leg.paced.front().regimes;
  }
}

std::map<Direction, Curve> curves_of(const Hardware& hardware, const std::set<Bytes>& sizes) {
  const exec::Stage stage = exec::copy_after_copy(std::vector<Bytes>(sizes.begin(), sizes.end()));
  std::map<Direction, Curve> curves;
  const ids<ProcessorId> all(hardware.processors().size());
  for (const ProcessorId from : all) {
    for (const ProcessorId to : all) {
      if (from != to) add_curves(stage, sizes, hardware, from, to, curves);
    }
  }
  return curves;
}

}  // namespace

std::string copies_document(const Profile& profile, const Hardware& hardware,
                            const std::string& profile_file) {
  std::map<Direction, std::vector<const ProfileRow*>> rows;
  std::set<Bytes> sizes;
  for (const ProfileRow& row : profile.rows()) {
    const std::string& ends = row.signature;
    const auto arrow = ends.find('>');
    // Those of one number, which networks hand back, are too small to be copied by themselves.
    if (row.kind != "copy" || arrow == std::string::npos || row.size <= Bytes{4}) continue;
    rows[{ends.substr(0, arrow), ends.substr(arrow + 1)}].push_back(&row);
    // Whole numbers of four bytes (copy_after_copy).
    sizes.insert(Bytes{row.size.value / 4 * 4});
  }
  Json directions = Json::array();
  const auto curves = sizes.empty() ? std::map<Direction, Curve>{} : curves_of(hardware, sizes);
  for (const auto& [direction, of_it] : rows) {
    const auto found = curves.find(direction);
    if (found == curves.end()) continue;
    Json measured = Json::array(), simulated = Json::array(), pieces = Json::array();
    for (const ProfileRow* row : of_it) {
      measured.push_back({{"bytes", row->size.value},
                          {"samples", row->samples},
                          {"p10_ps", row->p10.count()},
                          {"median_ps", row->median.count()},
                          {"p90_ps", row->p90.count()}});
    }
    for (const auto& [size, time] : found->second.times) {
      simulated.push_back({size.value, time.count()});
    }
    for (const Regime& piece : found->second.pieces) {
      pieces.push_back({{"from_bytes", piece.from.value},
                        {"time_ps", piece.time.count()},
                        {"bytes_per_s", piece.bandwidth.value}});
    }
    directions.push_back({{"src", direction.first},
                          {"dst", direction.second},
                          {"measured", std::move(measured)},
                          {"simulated", std::move(simulated)},
                          {"pieces", std::move(pieces)}});
  }
  if (directions.empty()) {
    throw ConfigError(
        {profile_file, 0, 0},
        fmt::format("it holds no copies between memories of machine '{}'", hardware.name()));
  }
  return Json{{"copies", 1}, {"machine", hardware.name()}, {"directions", std::move(directions)}}
             .dump(1) +
         "\n";
}

}  // namespace partita::command
