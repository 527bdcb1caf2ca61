#include "exec/replay/measurement.h"

#include <nlohmann/json.hpp>

namespace partita::exec {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Environment& environment) {
  const Surroundings& there = environment.before;
  Json out{{"cpu", there.cpu},
           {"cores", there.cores},
           {"virtual_machine", there.virtual_machine},
           {"topology", environment.topology},
           {"kernel", there.kernel},
           {"governor", there.governor},
           {"clock_driver", there.clock_driver},
           {"least_khz", there.least_khz},
           {"most_khz", there.most_khz},
           {"load_before", there.load},
           {"load_after", environment.load_after}};
  for (const char* key : {"cpu", "topology", "kernel", "governor", "clock_driver"}) {
    if (out[key] == "") out.erase(key);
  }
  for (const char* key : {"least_khz", "most_khz"}) {
    if (out[key] == 0) out.erase(key);
  }
  for (const Environment::Processor& processor : environment.processors) {
    Json one{{"name", processor.name},
             {"device", processor.description},
             {"computes", processor.computes}};
    if (!processor.isa.empty()) one["isa"] = processor.isa;
    if (processor.core >= 0) one["core"] = processor.core;
    out["processors"].push_back(std::move(one));
  }
  return out;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Environment& environment) { return text_of(json_of(environment)); }

std::string to_json(const Repeated& result) {
  Json out{{"runs",
            {{"clean", result.clean},
             {"lost_time", result.lost_time},
             {"clock_change", result.clock_changes}}},
           {"trustworthy", result.trustworthy},
           {"median_ps", result.median.count()}};
  if (result.interval) {
    out["confidence"] = 0.95;
    out["low_ps"] = result.interval->low.count();
    out["high_ps"] = result.interval->high.count();
  }
  out["clock_error_ns"] = result.clock_error / 1ns;
  if (!result.warnings.empty()) out["notes"] = result.warnings;
  out["environment"] = json_of(result.environment);
  return text_of(out);
}

}  // namespace partita::exec
