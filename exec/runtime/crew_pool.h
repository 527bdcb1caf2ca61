// The crews that there are: made when they are wanted, kept while they may be, ended when they break.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "exec/runtime/running_crew.h"

namespace partita::exec {

// What runs here, and what it is asked. One network for each variant of inputs; layers, tensors and
// edges are the same in all, so that a plan of one is a plan of each.
struct RealSite {
  const Hardware& hardware;
  std::vector<const Network*> networks;
  std::vector<Answers> answers;  // of each
};

// What a crew is prepared for.
struct CrewKey {
  std::uint32_t variant = 0;  // which network
  std::shared_ptr<const Plan> plan;
};
bool is_same(const CrewKey& a, const CrewKey& b);

// Model: of the crews that are wanted the most urgent that is missing is made next; another one is
//   made at the same time only where it is more urgent, as crews that are being made take the cores
//   of those that serve. What nobody wants any more is kept while there are few of them: as a crew
//   that can be had at once when it is wanted again, or be given another plan.
// One thread drives it. All references are kept.
class CrewPool {
 public:
  // `spare`: crews that are kept though nobody wants them.
  CrewPool(const RealSite& site, CrewSettings settings, std::size_t spare, Mailbox<CrewNews>& news);

  // The most urgent first. For the first `urgent` a spare crew may be prepared anew.
  void want(const std::vector<CrewKey>& keys, std::size_t urgent);
  bool is_ready(const CrewKey& key) const;    // or at work
  bool is_idle(const CrewKey& key) const;     // ready, and not at work
  void run(const CrewKey& key, CrewRun run);  // precondition: it is idle

  // What a crew has told. The key that it has, or had.
  CrewKey note(const CrewNews& news);

  // Looks after the processes. Workers and leaders that have been halted for longer than the
  // patience are ended, hence break their crew; a crew that broke while it was idle is ended, and
  // told of as if it had done so.
  std::vector<CrewNews> watch(std::chrono::steady_clock::time_point now);

  // Of all crews.
  std::vector<CrewWorker> workers() const;
  // Every process that ever was started, the leaders among them.
  const std::vector<std::shared_ptr<const Process>>& all_started() const { return started_; }
  std::size_t made() const { return next_; }

 private:
  enum class State : std::uint8_t { Making, Idle, Running, Ending };
  struct Entry {
    CrewKey key;
    State state = State::Making;
    std::size_t used = 0;  // the larger, the later
    bool noted = false;    // its processes are in started_
    std::unique_ptr<RunningCrew> crew;
  };

  const Entry* find(const CrewKey& key) const;
  void make(const CrewKey& key);
  bool make_of_spare(const CrewKey& key, const std::vector<bool>& wanted);
  void note_processes(Entry& entry);
  std::optional<CrewNews::Broken> whats_wrong(const Entry& entry,
                                              std::chrono::steady_clock::time_point now);
  bool ends_if_halted(const Process& process, std::chrono::steady_clock::time_point now);

  const RealSite& site_;
  const CrewSettings settings_;
  const std::size_t spare_;
  Mailbox<CrewNews>& news_;
  std::map<std::size_t, Entry> crews_;  // by number
  std::size_t next_ = 0, uses_ = 0;
  std::map<int, std::chrono::steady_clock::time_point> halted_since_;  // by process
  std::vector<std::shared_ptr<const Process>> started_;
};

}  // namespace partita::exec
