// What a Service asks for, done by worker processes of this computer in real time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "exec/runtime/crew_pool.h"
#include "exec/runtime/mailbox.h"
#include "partition/runtime/execution.h"

namespace partita::exec {

struct RealRequest {
  Time arrival{0};
  std::uint32_t seen_class = 0;  // whose plan it gets
  std::uint32_t variant = 0;     // of the network: what it really is
};

struct RealOptions {
  CrewSettings crews{};
  std::size_t spare = 2;  // crews that are kept though nobody wants them
  std::chrono::milliseconds watch_every{25};
  // Between two tries of a processor that is away; longer after each loss without a run between.
  std::chrono::milliseconds probe_every{100};
  double tolerance = 1e-3;  // of answers
  // No crew is made to be at hand only where this computer has less left.
  Bytes least_memory{512'000'000};
  // Of what has been asked for nothing came about for so long: that is an error.
  std::chrono::milliseconds give_up{120'000};
};

// What happened, for the service.
struct RunDone {
  RunId run{};
  std::vector<LayerReading> layers;
  std::vector<CopyReading> copies;
};
struct RunFailed {
  RunId run{};
};
struct Relocated {
  RelocationId id{};
  std::vector<Relocation::Move> made;
};
struct ProcessorLost {
  ProcessorId processor{};
};
struct ProcessorBack {
  ProcessorId processor{};
};
using Told = std::variant<RunDone, RunFailed, Relocated, ProcessorLost, ProcessorBack>;

// What became of crews. Times are measured, from begin().
struct RealRecord {
  struct Break {
    Time when{0};
    std::optional<ProcessorId> processor;  // who was to blame; absent: nobody knows
    WorkerFailure::Kind kind = WorkerFailure::Kind::Died;
    std::string what;
    bool at_work = false;  // a request was under way
  };
  struct Presence {
    Time when{0};
    ProcessorId processor{};
    bool back = false;  // else lost
  };
  std::vector<Break> breaks;
  std::vector<Presence> presence;
  std::vector<std::size_t> wrong;  // requests whose answer was not right
  double largest_difference = 0;   // of all answers
};

// Model: a crew for each plan of the configuration in force, each of which runs for the variants
//   that its class turned out to be. One request computes at a time, in the order of starts. To
//   relocate is to make the target's crews while those in force serve; their workers draw or copy
//   all weights that they need, so moves are done all at once when the crews are ready, and drops
//   when crews end that nobody wants any more. A cancelled relocation has made none.
//   When a worker dies or hangs its crew is ended. If the crew was in use, the processor is lost
//   until a worker that is started there as a probe has run. If it was not, it is made again, and
//   the processor is lost when that fails, too. A crew that broke with nobody to blame is made
//   again, a few times.
// Left out: relocations in parts; runs that are cancelled compute to their end, and nobody is told.
//
// One thread drives it. Networks and machine must outlive it.
class RealExecution : public Execution {
 public:
  // `networks`: of each variant (RealSite). Reference answers are computed here, `distinct` for each.
  RealExecution(std::vector<const Network*> networks, const Hardware& hardware,
                std::vector<RealRequest> requests, std::size_t distinct, RealOptions options = {});

  // Makes the crews of the configuration that is in force first, and keeps others at hand: those of
  // `standby`, the most useful first, as far as there is memory. Waits for all of them. Throws Error or ConfigError where they
  // cannot be made.
  void prepare(const Configuration& first, const std::vector<Configuration>& standby = {});
  void begin();  // now is time 0

  // Execution
  void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) override;
  void cancel(RunId run) override;
  void relocate(RelocationId id, const Relocation& relocation,
                const Configuration& target) override;
  void cancel(RelocationId id) override;
  void call_at(Time when) override { call_at_ = when; }

  // What happens next; absent: nothing until then. Throws Error where the environment fails in a way
  // that no run-time system can mend.
  std::optional<Told> next(Time until);
  Time now() const { return std::chrono::steady_clock::now() - origin_; }
  Time called_at() const { return call_at_; }  // when the service wants its timer

  // False where a device is known to compute by itself.
  bool can_be_slowed(ProcessorId processor) const {
    return cannot_be_slowed_.count(processor) == 0;
  }
  // From the next request on. Precondition: it can be slowed, or factor is 1.
  void slow_down(ProcessorId processor, double factor) { slowdowns_[processor] = factor; }
  // Of all crews, ready or not.
  std::vector<CrewWorker> workers() const { return pool_.workers(); }

  const Hardware& hardware() const { return hardware_; }
  const std::vector<RealRequest>& requests() const { return requests_; }
  const RealRecord& record() const { return record_; }
  std::size_t crews_made() const { return pool_.made(); }
  // Every process that ever was started.
  const std::vector<std::shared_ptr<const Process>>& all_started() const {
    return pool_.all_started();
  }

 private:
  struct Run {
    std::size_t request = 0;
    CrewKey key;
    bool failed = false;
  };
  struct Moving {
    std::vector<Relocation::Move> moves;
    std::vector<CrewKey> target;
  };
  struct Absent {
    std::shared_ptr<const Plan> probe;
    Time next{0};  // when to try again
  };

  std::chrono::steady_clock::time_point instant(Time when) const;
  std::vector<CrewKey> keys_of(const Configuration& configuration) const;
  bool is_present(const CrewKey& key) const;
  bool is_probe(const CrewKey& key) const { return key.variant == probe_variant_; }
  bool is_in_use(const CrewKey& key) const;
  bool has_memory_to_spare() const;
  void settle();
  void want_crews();
  void end_relocations();
  void start_next();
  void take(const CrewNews& news);
  void take(const CrewKey& key, const CrewNews::Ready& ready);
  void take(const CrewKey& key, const CrewNews::Ran& ran);
  void take(const CrewKey& key, const CrewNews::Broken& broken);
  void take(const CrewKey&, const CrewNews::Ended&) {}
  void lose(ProcessorId processor);
  Time next_look() const;

  const Hardware& hardware_;
  const std::vector<RealRequest> requests_;
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> kinds_;  // class and variant, of any
  const RealOptions options_;
  const Network probe_network_;
  const std::uint32_t probe_variant_;
  const RealSite site_;
  std::chrono::steady_clock::time_point origin_ = std::chrono::steady_clock::now();
  Mailbox<CrewNews> news_;
  CrewPool pool_;  // after what its crews use

  std::map<RunId, Run> runs_;
  bool computes_ = false;  // some crew, also for a run that is cancelled
  std::map<RelocationId, Moving> relocations_;
  std::vector<CrewKey> in_force_, standby_;
  std::map<ProcessorId, Absent> absent_;
  IdVector<ProcessorId, int> breaks_, losses_;  // in a row
  int nameless_ = 0;                            // breaks in a row that nobody is to blame for
  IdVector<ProcessorId, double> slowdowns_;
  std::set<ProcessorId> cannot_be_slowed_;
  Time call_at_ = Time::max(), next_watch_{0};
  std::deque<Told> told_;
  RealRecord record_;
};

}  // namespace partita::exec
