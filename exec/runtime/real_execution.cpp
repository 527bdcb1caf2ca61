#include "exec/runtime/real_execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "exec/worker/shared_memory.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

constexpr int kMostNameless = 3;
constexpr int kMostDoublings = 6;     // of the time between probes
constexpr std::int64_t kProbed = 64;  // elements

// What a probe computes: one layer that every device has.
Network probe_network() {
  NetworkBuilder builder("probe");
  Tensor tensor;
  tensor.type = DataType::F32;
  tensor.shape = {1, kProbed};
  tensor.name = "x";
  tensor.kind = TensorKind::Input;
  const TensorId x = builder.add_tensor(tensor);
  tensor.name = "y";
  tensor.kind = TensorKind::Activation;
  const TensorId y = builder.add_tensor(tensor);
  Layer layer;
  layer.name = "relu";
  layer.kind = OpKind::Relu;
  layer.inputs = {x};
  layer.outputs = {y};
  builder.add_layer(std::move(layer));
  builder.add_output(y);
  return builder.build({"probe"});
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> kinds_of(
    const std::vector<RealRequest>& requests) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> kinds;
  for (const RealRequest& request : requests) kinds.emplace(request.seen_class, request.variant);
  return {kinds.begin(), kinds.end()};
}

// No other try can be better.
void rethrow_if_config_error(const std::exception_ptr& cause) {
  try {
    if (cause) std::rethrow_exception(cause);
  } catch (const ConfigError&) {
    throw;
  } catch (...) {
  }
}

RealSite site_of(const Hardware& hardware, std::vector<const Network*> networks,
                 const Network& probe, std::uint64_t seed, std::size_t distinct) {
  RealSite site{hardware, std::move(networks), {}};
  site.networks.push_back(&probe);
  for (const Network* network : site.networks) {
    site.answers.emplace_back(*network, seed, distinct);
  }
  return site;
}

}  // namespace

RealExecution::RealExecution(std::vector<const Network*> networks, const Hardware& hardware,
                             std::vector<RealRequest> requests, std::size_t distinct,
                             RealOptions options)
    : hardware_(hardware),
      requests_(std::move(requests)),
      kinds_(kinds_of(requests_)),
      options_(std::move(options)),
      probe_network_(probe_network()),
      probe_variant_(static_cast<std::uint32_t>(networks.size())),
      site_(site_of(hardware, std::move(networks), probe_network_, options_.crews.seed, distinct)),
      pool_(site_, options_.crews, options_.spare, news_),
      breaks_(hardware.processors().size()),
      losses_(hardware.processors().size()),
      slowdowns_(hardware.processors().size(), 1.0) {}

std::chrono::steady_clock::time_point RealExecution::instant(Time when) const {
  // Somewhat more than any run lasts, and well below where clocks overflow.
  const Time bounded = std::min(when, now() + Time{std::chrono::hours(1)});
  return origin_ + std::chrono::ceil<std::chrono::nanoseconds>(bounded);
}

std::vector<CrewKey> RealExecution::keys_of(const Configuration& configuration) const {
  std::vector<CrewKey> keys;
  const auto add = [&](const CrewKey& key) {
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const CrewKey& other) { return is_same(key, other); })) {
      keys.push_back(key);
    }
  };
  for (const auto& [seen_class, variant] : kinds_) {
    add({variant, configuration.plans.at(seen_class)});
  }
  return keys;
}

void RealExecution::prepare(const Configuration& first, const std::vector<Configuration>& standby) {
  in_force_ = keys_of(first);
  standby_.clear();
  for (const Configuration& each : standby) {
    for (CrewKey& key : keys_of(each)) standby_.push_back(std::move(key));
  }
  const auto is_ready = [this](const CrewKey& key) { return pool_.is_ready(key); };
  const auto are_at_hand = [&] {
    return std::all_of(standby_.begin(), standby_.end(), is_ready) || !has_memory_to_spare();
  };
  const Time deadline = now() + options_.give_up;
  while (!std::all_of(in_force_.begin(), in_force_.end(), is_ready) || !are_at_hand()) {
    const std::optional<Told> told = next(std::min(deadline, now() + Time{options_.watch_every}));
    if (told && std::holds_alternative<ProcessorLost>(*told)) {
      throw Error("the crews cannot be made: " + record_.breaks.back().what);
    }
    if (now() >= deadline) throw Error("the crews could not be made in time");
  }
}

void RealExecution::begin() {
  origin_ = std::chrono::steady_clock::now();
  next_watch_ = Time{0};
}

void RealExecution::start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) {
  runs_[run] = {request, {requests_.at(request).variant, plan}, false};
}

void RealExecution::cancel(RunId run) { runs_.erase(run); }

void RealExecution::relocate(RelocationId id, const Relocation& relocation,
                             const Configuration& target) {
  relocations_[id] = {relocation.moves, keys_of(target)};
}

void RealExecution::cancel(RelocationId id) {
  // One that is done has been told of, or will be.
  if (relocations_.erase(id) > 0) told_.emplace_back(Relocated{id, {}});
}

bool RealExecution::is_present(const CrewKey& key) const {
  return std::none_of(absent_.begin(), absent_.end(),
                      [&](const auto& each) { return !key.plan->order(each.first).empty(); });
}

bool RealExecution::is_in_use(const CrewKey& key) const {
  const auto same = [&](const CrewKey& other) { return is_same(key, other); };
  const auto any = [&](const std::vector<CrewKey>& keys) {
    return std::any_of(keys.begin(), keys.end(), same);
  };
  return any(in_force_) ||
         std::any_of(runs_.begin(), runs_.end(),
                     [&](const auto& each) { return same(each.second.key); }) ||
         std::any_of(relocations_.begin(), relocations_.end(),
                     [&](const auto& each) { return any(each.second.target); });
}

bool RealExecution::has_memory_to_spare() const {
  const auto available = bytes_available();
  return !available || *available >= static_cast<std::uint64_t>(options_.least_memory.value);
}

Time RealExecution::next_look() const {
  Time look = next_watch_;
  for (const auto& [processor, absent] : absent_) {
    if (absent.next > now()) look = std::min(look, absent.next);
  }
  return look;
}

std::optional<Told> RealExecution::next(Time until) {
  while (true) {
    settle();
    while (!told_.empty()) {
      Told told = std::move(told_.front());
      told_.pop_front();
      // The service may have cancelled it since.
      const auto* failed = std::get_if<RunFailed>(&told);
      if (failed != nullptr && runs_.erase(failed->run) == 0) continue;
      return told;
    }
    const Time deadline = std::min(until, next_look());
    if (const auto news = news_.take(instant(deadline))) {
      take(*news);
    } else if (now() >= until) {
      return std::nullopt;
    }
  }
}

void RealExecution::settle() {
  if (now() >= next_watch_) {
    for (const CrewNews& broken : pool_.watch(std::chrono::steady_clock::now())) take(broken);
    next_watch_ = now() + Time{options_.watch_every};
  }
  want_crews();
  end_relocations();
  start_next();
}

void RealExecution::want_crews() {
  std::vector<CrewKey> keys;
  const auto add = [&](const CrewKey& key) {
    if (is_present(key)) keys.push_back(key);
  };
  for (const auto& [number, run] : runs_) {
    if (!run.failed) add(run.key);
  }
  const std::size_t urgent = keys.size();
  for (const auto& [number, moving] : relocations_) {
    for (const CrewKey& key : moving.target) add(key);
  }
  for (const CrewKey& key : in_force_) add(key);
  for (const auto& [processor, absent] : absent_) {
    if (absent.next <= now()) keys.push_back({probe_variant_, absent.probe});
  }
  for (const CrewKey& key : standby_) {
    if (pool_.is_ready(key) || has_memory_to_spare()) add(key);
  }
  pool_.want(keys, urgent);
}

void RealExecution::end_relocations() {
  for (auto at = relocations_.begin(); at != relocations_.end();) {
    Moving& moving = at->second;
    const bool ready =
        std::all_of(moving.target.begin(), moving.target.end(),
                    [this](const CrewKey& key) { return is_present(key) && pool_.is_ready(key); });
    if (!ready) {
      ++at;
      continue;
    }
    in_force_ = std::move(moving.target);
    told_.emplace_back(Relocated{at->first, std::move(moving.moves)});
    at = relocations_.erase(at);
  }
}

void RealExecution::start_next() {
  if (computes_) return;
  const auto next = std::find_if(runs_.begin(), runs_.end(),
                                 [](const auto& each) { return !each.second.failed; });
  if (next == runs_.end() || !pool_.is_idle(next->second.key)) return;
  const Run& run = next->second;
  computes_ = true;
  pool_.run(run.key, {next->first, run.request, requests_[run.request].variant, slowdowns_});
}

void RealExecution::take(const CrewNews& news) {
  const CrewKey key = pool_.note(news);
  std::visit([&](const auto& what) { take(key, what); }, news.what);
}

void RealExecution::take(const CrewKey& key, const CrewNews::Ready& ready) {
  nameless_ = 0;
  cannot_be_slowed_.insert(ready.cannot_be_slowed.begin(), ready.cannot_be_slowed.end());
  for (const ProcessorId processor : processors_with_layers(*key.plan)) breaks_[processor] = 0;
  if (!is_probe(key)) return;
  const ProcessorId processor = processors_with_layers(*key.plan).front();
  if (absent_.erase(processor) == 0) return;
  record_.presence.push_back({now(), processor, true});
  told_.emplace_back(ProcessorBack{processor});
}

void RealExecution::take(const CrewKey& key, const CrewNews::Ran& ran) {
  computes_ = false;
  for (const ProcessorId processor : processors_with_layers(*key.plan)) losses_[processor] = 0;
  const auto run = runs_.find(ran.run);
  if (run == runs_.end()) return;
  record_.largest_difference = std::max(record_.largest_difference, ran.difference);
  if (!(ran.difference <= options_.tolerance)) record_.wrong.push_back(run->second.request);
  runs_.erase(run);
  RunDone done{ran.run, ran.layers, ran.copies};
  for (LayerReading& reading : done.layers) {
    reading.start = std::max(Time{0}, reading.start + Time{ran.began - origin_});
    reading.run = static_cast<std::uint32_t>(ran.run);
  }
  told_.emplace_back(std::move(done));
}

void RealExecution::take(const CrewKey& key, const CrewNews::Broken& broken) {
  record_.breaks.push_back(
      {now(), broken.worker, broken.kind, broken.what, broken.run.has_value()});
  if (broken.run) computes_ = false;
  rethrow_if_config_error(broken.cause);
  if (is_probe(key)) {
    const ProcessorId processor = processors_with_layers(*key.plan).front();
    const auto absent = absent_.find(processor);
    if (absent == absent_.end()) return;
    absent->second.next = now() + Time{options_.probe_every};
    return;
  }
  if (broken.worker) {
    if (is_in_use(key) || ++breaks_[*broken.worker] > 1) lose(*broken.worker);
  } else if (++nameless_ > kMostNameless) {
    if (broken.cause) std::rethrow_exception(broken.cause);
    throw Error(broken.what);
  }
  if (!broken.run) return;
  const auto run = runs_.find(*broken.run);
  if (run == runs_.end()) return;
  run->second.failed = true;
  told_.emplace_back(RunFailed{*broken.run});
}

void RealExecution::lose(ProcessorId processor) {
  const auto [absent, is_new] = absent_.try_emplace(processor);
  if (!is_new) return;
  auto probe =
      make_plan(probe_network_, hardware_, all_on(probe_network_, hardware_, processor), "probe");
  PARTITA_ASSERT(std::holds_alternative<Plan>(probe), "one layer can be anywhere");
  const int doublings = std::min(losses_[processor]++, kMostDoublings);
  absent->second.probe = std::make_shared<const Plan>(std::get<Plan>(std::move(probe)));
  absent->second.next =
      doublings == 0 ? now() : now() + Time{options_.probe_every} * (std::int64_t{1} << doublings);
  record_.presence.push_back({now(), processor, false});
  told_.emplace_back(ProcessorLost{processor});
}

}  // namespace partita::exec
