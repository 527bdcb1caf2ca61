#include "models/analysis/uneven_sharing.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

namespace partita {
namespace {

// A flow begins or ends to cross a channel.
struct Step {
  Time at;
  bool begins;
  std::uint32_t leg;
  std::uint64_t input;  // the channel before it, or the flow itself where it begins
  std::int64_t rate;    // that it would take of the channel alone
};

std::int64_t rate_alone(const Hardware& hardware, const Leg& leg, const Tensor& tensor) {
  const Bandwidth fastest = hardware.fastest(leg, content_of(tensor));
  return std::max<std::int64_t>(1, std::min(fastest.value, leg.pace(tensor.size).cap));
}

// Millionths of a channel that are misplaced while so many flows come by each input.
std::int64_t misplaced_ppm(const std::map<std::uint64_t, std::int64_t>& flows_by) {
  std::int64_t flows = 0, sum = 0;
  const auto inputs = static_cast<std::int64_t>(flows_by.size());
  for (const auto& [input, count] : flows_by) flows += count;
  for (const auto& [input, count] : flows_by) sum += std::abs(count * inputs - flows);
  return 1'000'000 * sum / (2 * flows * inputs);
}

UnevenSharing sweep(ChannelId channel, std::vector<Step> steps, std::int64_t capacity,
                    std::size_t channels) {
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.at, a.begins, a.leg) < std::tie(b.at, b.begins, b.leg);
  });
  UnevenSharing result;
  result.channel = channel;
  std::map<std::uint64_t, std::int64_t> flows_by;
  std::set<std::uint32_t> running, met;
  std::set<std::uint64_t> inputs;
  Wide asked = 0, misplaced = 0;
  Time since{0};
  for (const Step& step : steps) {
    if (step.at > since && asked > capacity) {
      const std::int64_t ppm = misplaced_ppm(flows_by);
      misplaced += static_cast<Wide>(ppm) * (step.at - since).count();
      if (ppm > 0) {
        met.insert(running.begin(), running.end());
        for (const auto& [input, count] : flows_by) inputs.insert(input);
      }
    }
    since = step.at;
    if (step.begins) {
      asked += step.rate;
      ++flows_by[step.input];
      running.insert(step.leg);
    } else {
      asked -= step.rate;
      if (--flows_by[step.input] == 0) flows_by.erase(step.input);
      running.erase(step.leg);
    }
  }
  result.misplaced = Time{static_cast<std::int64_t>(misplaced / 1'000'000)};
  result.legs.assign(met.begin(), met.end());
  for (const std::uint64_t input : inputs) {
    if (input < channels) result.inputs.push_back(static_cast<ChannelId>(input));
  }
  return result;
}

}  // namespace

std::vector<UnevenSharing> uneven_sharing(const Timeline& timeline, const Network& network,
                                          const Hardware& hardware, const Plan& plan) {
  const std::size_t channels = hardware.channels().size();
  IdVector<ChannelId, std::vector<Step>> steps(channels);
  // Flows of one memory compete flow by flow at their first link.
  const auto memories = static_cast<std::size_t>(
      std::count_if(hardware.memories().begin(), hardware.memories().end(),
                    [](const MemorySpec& memory) { return !memory.part_of; }));
  const Multicasts multicasts = multicasts_in(timeline, network, hardware, plan);
  for (std::uint32_t i = 0; i < timeline.legs.size(); ++i) {
    const LegSpan& span = timeline.legs[i];
    const Transfer& transfer = plan.transfers()[span.transfer];
    const Tensor& tensor = network.tensor(transfer.tensor);
    if (tensor.transfer_time || tensor.size.value == 0) continue;
    const Leg& leg = (*hardware.route(transfer.src, transfer.dst))[span.leg];
    const Time completion = span.engine ? hardware.engines()[*span.engine].completion : Time{0};
    const Time until = std::max(span.data, span.finish - leg.latency - completion);
    // Of a multicast, each branch where it goes by itself; all of them at the rate of the whole.
    std::size_t own = 0;
    const Multicast* all = multicasts.of(span.transfer);
    if (all != nullptr) {
      own = std::find_if(
                all->branches.begin(), all->branches.end(),
                [&](const Multicast::Branch& each) { return each.transfer == span.transfer; })
                ->parts_at;
    }
    const Wide alone = rate_alone(hardware, all == nullptr ? leg : all->way, tensor);
    const std::vector<std::uint32_t>& uses = leg.uses[static_cast<std::size_t>(content_of(tensor))];
    for (std::size_t hop = std::max<std::size_t>(1, own); hop < leg.channels.size(); ++hop) {
      const auto rate = static_cast<std::int64_t>(
          uses.empty() ? alone : (alone * uses[hop] + kWholeUse - 1) / kWholeUse);
      const std::uint64_t input =
          index(leg.channels[hop - 1]) < memories ? channels + i : index(leg.channels[hop - 1]);
      steps[leg.channels[hop]].push_back({span.data, true, i, input, rate});
      steps[leg.channels[hop]].push_back({until, false, i, input, rate});
    }
  }
  std::vector<UnevenSharing> found;
  for (const ChannelId id : ids<ChannelId>(channels)) {
    UnevenSharing one =
        sweep(id, std::move(steps[id]), hardware.channels()[id].capacity.value, channels);
    if (one.misplaced > Time{0}) found.push_back(std::move(one));
  }
  std::stable_sort(found.begin(), found.end(), [](const UnevenSharing& a, const UnevenSharing& b) {
    return a.misplaced > b.misplaced;
  });
  return found;
}

}  // namespace partita
