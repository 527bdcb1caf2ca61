#include "exec/calibrate/leg_fit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "exec/calibrate/bounded_mean.h"

namespace partita::exec {
namespace {

// When each measured leg could have started: its data were there, and its engine was free. A processor
// that copies by itself has other things to do meanwhile: its legs could start when they did.
std::vector<Time> ready(const Network& network, const Observation& observation) {
  const Timeline& measured = observation.measured;
  std::map<std::pair<std::size_t, std::size_t>, Time> finish;  // of a transfer's legs
  for (const LegSpan& leg : measured.legs) finish[{index(leg.transfer), leg.leg}] = leg.finish;
  std::vector<Time> all;
  for (const LegSpan& leg : measured.legs) {
    if (!leg.engine) {
      all.push_back(leg.start);
      continue;
    }
    Time ready{0};
    const auto& producer =
        network.tensor(observation.plan.transfers()[leg.transfer].tensor).producer;
    if (leg.leg > 0) {
      ready = finish.at({index(leg.transfer), leg.leg - 1});
    } else if (producer) {
      ready = measured.layers[*producer].finish;
    }
    for (const LegSpan& other : measured.legs) {
      if (other.engine == leg.engine && other.start < leg.start) {
        ready = std::max(ready, other.finish);
      }
    }
    all.push_back(std::min(ready, leg.start));
  }
  return all;
}

Time whole(double picoseconds) { return Time{std::llround(picoseconds)}; }

}  // namespace

LegFit::LegFit(const Hardware& hardware)
    : hardware_(hardware), setups_(hardware.processors().size() + hardware.engines().size()) {
  for (const LinkId link : ids<LinkId>(hardware.links().size())) {
    const std::string& name = hardware.links()[link].name;
    for (const char* suffix : {"", ">", "<"}) link_of_channel_[name + suffix] = link;
  }
}

void LegFit::add(const Network& network, const Observation& observation) {
  const std::vector<Time> could_start = ready(network, observation);
  for (std::size_t i = 0; i < observation.measured.legs.size(); ++i) {
    const LegSpan& leg = observation.measured.legs[i];
    const Transfer& transfer = observation.plan.transfers()[leg.transfer];
    const Tensor& tensor = network.tensor(transfer.tensor);
    if (tensor.transfer_time || leg.finish <= leg.start) continue;
    const Leg& way = (*hardware_.route(transfer.src, transfer.dst))[leg.leg];
    const std::optional<LinkId> link = slowest_link(way);
    if (!link) continue;
    const std::size_t server =
        leg.copier ? index(*leg.copier) : hardware_.processors().size() + index(*leg.engine);
    Equation equation;
    equation.coefficients.assign(setups_ + hardware_.links().size(), 0.0);
    const EngineSpec by_itself{};
    const EngineSpec& engine = leg.engine ? hardware_.engines()[*leg.engine] : by_itself;
    equation.coefficients[server] = static_cast<double>(engine.descriptors(tensor.size));
    Time known = engine.completion + way.latency;
    if (way.paced.empty()) {
      equation.coefficients[setups_ + index(*link)] = static_cast<double>(tensor.size.value);
    } else {
      const Pace pace = way.pace(tensor.size);
      const Bandwidth rate{std::min(pace.cap, hardware_.fastest(way, content_of(tensor)).value)};
      known += pace.wait + tensor.size / rate;
    }
    const Time taken = leg.finish - could_start[i];
    equation.value = static_cast<double>((taken - known).count());
    // Relative errors count alike.
    equation.weight = 1 / std::max(static_cast<double>(taken.count()), 1.0);
    equations_.push_back(std::move(equation));
  }
}

void LegFit::apply(HardwareParts& parts) const {
  const std::vector<double> fitted =
      least_deviations(equations_, std::vector<double>(setups_ + hardware_.links().size(), 0.0));
  if (fitted.empty()) return;
  std::vector<bool> touched(fitted.size(), false);
  for (const Equation& equation : equations_) {
    for (std::size_t i = 0; i < fitted.size(); ++i) {
      if (equation.coefficients[i] != 0) touched[i] = true;
    }
  }
  for (std::size_t i = 0; i < fitted.size(); ++i) {
    if (!touched[i]) continue;
    if (i < parts.processors.size()) {
      parts.processors[static_cast<ProcessorId>(i)].copy_setup = whole(fitted[i]);
    } else if (i < setups_) {
      parts.engines[static_cast<EngineId>(i - parts.processors.size())].setup =
          whole(std::max(0.0, fitted[i] + bounded_mean(beyond(fitted, i))));
    } else if (fitted[i] > 0) {
      // fitted: picoseconds a byte.
      parts.links[static_cast<LinkId>(i - setups_)].bandwidth =
          Bandwidth{std::max<std::int64_t>(1, std::llround(1e12 / fitted[i]))};
    }
  }
}

// How much more than fitted a set-up of this server was, each time.
std::vector<double> LegFit::beyond(const std::vector<double>& fitted, std::size_t server) const {
  std::vector<double> all;
  for (const Equation& equation : equations_) {
    const double times = equation.coefficients[server];
    if (times == 0) continue;
    double left = equation.value;
    for (std::size_t i = 0; i < fitted.size(); ++i) left -= equation.coefficients[i] * fitted[i];
    all.push_back(left / times);
  }
  return all;
}

std::optional<LinkId> LegFit::slowest_link(const Leg& leg) const {
  std::optional<LinkId> slowest;
  for (const ChannelId channel : leg.channels) {
    const auto found = link_of_channel_.find(hardware_.channels()[channel].name);
    if (found == link_of_channel_.end()) continue;
    if (!slowest ||
        hardware_.links()[found->second].bandwidth < hardware_.links()[*slowest].bandwidth) {
      slowest = found->second;
    }
  }
  return slowest;
}

}  // namespace partita::exec
