#include "sim/platform.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <systemc>

#include "models/base/assert.h"

namespace partita::sim {
namespace {

// A few hundred idle modules cost nothing but a millisecond of elaboration.
constexpr std::size_t kReserve = 64;

template <class Module, class... Args>
std::vector<std::unique_ptr<Module>> elaborate(std::size_t count, const std::string& name,
                                               Args&... args) {
  std::vector<std::unique_ptr<Module>> modules;
  for (std::size_t i = 0; i < count; ++i) {
    modules.push_back(std::make_unique<Module>((name + std::to_string(i)).c_str(), args...));
  }
  return modules;
}

}  // namespace

Platform& Platform::of_process(const Hardware& hardware, Fidelity fidelity) {
  // Never destroyed: SystemC's own globals may be gone by the time that statics are.
  static Platform* const platform = [&] {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return new Platform(std::max(kReserve, hardware.processors().size()),
                        std::max(2 * kReserve, hardware.engines().size()),
                        std::max(2 * kReserve, hardware.memories().size()));
  }();
  if (hardware.processors().size() > platform->processors_.size() ||
      hardware.engines().size() > platform->engines_.size() ||
      hardware.memories().size() > platform->memories_.size()) {
    throw Error(fmt::format(
        "'{}' has more parts than were elaborated in this process for the first machine "
        "({} processors, {} DMA engines, {} memories): simulate it in a process of its own",
        hardware.name(), platform->processors_.size(), platform->engines_.size(),
        platform->memories_.size()));
  }
  if (fidelity == Fidelity::Packet && platform->packets_ == nullptr) {
    if (sc_core::sc_get_status() != sc_core::SC_ELABORATION) {
      throw Error("a simulation ran in this process before the first one of packets: take another");
    }
    platform->packets_ =
        std::make_unique<PacketNetwork>(hardware, platform->clock_, platform->line_);
  } else if (fidelity == Fidelity::Packet && !platform->packets_->fits(hardware)) {
    throw Error(fmt::format(
        "'{}' has other links than the machine whose packets were simulated in this process: "
        "simulate it in a process of its own",
        hardware.name()));
  }
  return *platform;
}

Platform::Platform(std::size_t processors, std::size_t engines, std::size_t memories)
    : scheduler_("scheduler", clock_),
      arrivals_("arrivals", clock_, scheduler_),
      line_("delay_line", clock_, scheduler_),
      fabric_("fabric", clock_),
      background_("background", clock_, fabric_, scheduler_),
      conductor_("conductor", clock_, scheduler_, background_),
      processors_(
          elaborate<Processor>(processors, "processor", clock_, fabric_, line_, scheduler_)),
      engines_(elaborate<DmaEngine>(engines, "dma_engine", clock_, fabric_, line_, scheduler_)),
      memories_(elaborate<Memory>(memories, "memory")) {
  PARTITA_ASSERT(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS),
                 "SystemC counts in something else than picoseconds");
}

void Platform::load(const std::vector<Variant>& variants, const Hardware& hardware,
                    const SimulatorOptions& options) {
  hardware_ = &hardware;
  fidelity_ = options.fidelity;
  const bool as_packets = fidelity_ == Fidelity::Packet;
  if (as_packets) packets_->load(hardware, options.longest_train);
  fabric_.carry_by(as_packets ? packets_.get() : nullptr);
  line_.packets_deliver(as_packets);
  packages_.clear();
  for (const PackageSpec& package : hardware.packages()) {
    packages_.emplace_back(fabric_, package.slowdown);
  }
  Scheduler::Parts parts;
  parts.line = &line_;
  parts.background = &background_;
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    const ProcessorSpec& spec = hardware.processors()[id];
    Package* package = spec.package ? &packages_[*spec.package] : nullptr;
    processors_[index(id)]->load(id, hardware, variants, package);
    parts.processors.push_back(processors_[index(id)].get());
  }
  for (const EngineId id : ids<EngineId>(hardware.engines().size())) {
    parts.engines.push_back(engines_[index(id)].get());
  }
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    parts.memories.push_back(memories_[index(id)].get());
  }
  scheduler_.load(variants, hardware, parts);
  background_.load(hardware, parts.processors);
  layers_ = variants.front().network->layer_count();
  streams_.clear();
  lay_out(1);
}

void Platform::lay_out(std::size_t at_once) {
  const std::size_t all =
      layers_ * std::min(at_once, (std::size_t{1} << 32) / std::max<std::size_t>(1, layers_));
  std::vector<std::size_t> streams;
  std::size_t flows = 0;
  for (const ProcessorSpec& spec : hardware_->processors()) {
    streams.push_back(Processor::useful_streams(spec, all));
    flows += Processor::flows(streams.back());
  }
  if (streams == streams_) return;
  streams_ = streams;
  for (const EngineSpec& spec : hardware_->engines()) {
    flows += static_cast<std::size_t>(spec.channels);
  }
  fabric_.load(*hardware_, flows + background_.flows());
  std::size_t flow = 0;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    processors_[i]->lay_out(streams[i], static_cast<FlowId>(flow));
    flow += Processor::flows(streams[i]);
  }
  for (const EngineId id : ids<EngineId>(hardware_->engines().size())) {
    const EngineSpec& spec = hardware_->engines()[id];
    engines_[index(id)]->load(spec, static_cast<FlowId>(flow));
    flow += static_cast<std::size_t>(spec.channels);
  }
  background_.lay_out(static_cast<FlowId>(flow));
}

const Timeline& Platform::run(const Plan& plan) {
  run_requests({{{Time{0}, &plan}}, 1, false}, nullptr);
  Timeline& timeline = scheduler_.only_timeline();
  timeline.memory_peak = record_.memory_peak;
  timeline.unfinished = record_.unfinished;
  if (timeline.unfinished) timeline.makespan = Time::max();
  return timeline;
}

const WorkloadTimeline& Platform::run(const Workload& workload, const RequestDone& done) {
  run_requests(workload, done);
  write_busy(record_);
  return record_;
}

const Directed& Platform::run(Director& director,
                              std::optional<std::vector<WeightPlace>> resident) {
  directed_ = {};
  directed_.workload.resident = std::move(resident);
  conductor_.reset(director, directed_);
  simulate(directed_.workload, nullptr, directed_.record, &conductor_);
  write_busy(directed_.record);
  return directed_;
}

void Platform::write_busy(WorkloadTimeline& record) const {
  record.busy.clear();
  for (std::size_t i = 0; i < hardware_->processors().size(); ++i) {
    record.busy.push_back(processors_[i]->busy());
  }
}

std::optional<Unfinished> Platform::unfinished() const {
  for (std::size_t i = 0; i < hardware_->processors().size(); ++i) {
    if (processors_[i]->lost() && processors_[i]->has_work()) return processors_[i]->unfinished();
  }
  return std::nullopt;
}

void Platform::run_requests(const Workload& workload, const RequestDone& done) {
  conductor_.reset();
  simulate(workload, done, record_, nullptr);
}

void Platform::simulate(const Workload& workload, const RequestDone& done, WorkloadTimeline& record,
                        Conductor* conductor) {
  if (!Clock::can_restart()) {
    throw Error("this process has simulated 106 days: start a new one");
  }
  const std::size_t most = conductor != nullptr ? Workload::kUnlimited : workload.requests.size();
  lay_out(std::max<std::size_t>(1, std::min(most, workload.in_flight)));
  clock_.restart();
  fabric_.reset();
  line_.reset();
  if (fidelity_ == Fidelity::Packet) packets_->reset();
  for (Package& package : packages_) package.reset();
  for (std::size_t i = 0; i < hardware_->processors().size(); ++i) processors_[i]->reset();
  for (std::size_t i = 0; i < hardware_->engines().size(); ++i) engines_[i]->reset();
  for (std::size_t i = 0; i < hardware_->memories().size(); ++i) memories_[i]->reset();
  scheduler_.reset(workload, done, fidelity_, record, conductor);
  arrivals_.reset(workload);
  background_.reset();

  sc_core::sc_start();  // until nothing is left to happen

  if (!hardware_->load().empty()) record.unfinished = unfinished();
  if (record.unfinished) {
    record.makespan = Time::max();
  } else if (!scheduler_.done()) {
    if (clock_.ran_out()) throw Error("the plan takes longer than 106 days");
    const std::string stuck =
        fidelity_ == Fidelity::Packet
            ? packets_->waiting([&](const LegJob& job) { return scheduler_.name(job); })
            : "";
    if (!stuck.empty()) {
      throw Error("deadlock: packets wait for each other in a circle (give links more credits)" +
                  stuck + "; " + scheduler_.waiting());
    }
    PARTITA_ASSERT(scheduler_.done(), "the simulation starved: " + scheduler_.waiting());
  }
  record.memory_peak.clear();
  for (std::size_t i = 0; i < hardware_->memories().size(); ++i) {
    record.memory_peak.push_back(memories_[i]->peak());
  }
}

}  // namespace partita::sim
