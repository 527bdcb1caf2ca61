// Several simulations at once. No SystemC header here, so that anybody can include it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/timeline/timeline.h"

namespace partita::sim {

// Worker processes that simulate plans of one network on one machine: SystemC has one simulation a
// process. The machine is elaborated and loaded once, then the process is forked; each worker has
// network, machine and costs as they were then.
//
// A worker that ends, for whatever reason, ends the pool: the call throws Error that says how, and
// so does every later one. No worker outlives the pool, nor the process that made it by more than
// the plans in hand. For one thread, made in a process with no others.
class Pool {
 public:
  Pool(const Network& network, const Hardware& hardware, const CostTable& costs,
       std::size_t workers);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // What Simulator::run() gives for each plan, in the order of the plans, whichever worker had it.
  // A plan that lasts too long throws Error; of several the first in order.
  std::vector<Timeline> run(const std::vector<Plan>& plans);

  // The processes, for those who watch them.
  std::vector<pid_t> workers() const;

 private:
  struct Worker;
  struct Batch;

  void send(Worker& worker, const std::vector<Plan>& plans, Batch batch);
  void receive(Worker& worker, std::vector<Timeline>& timelines);
  [[noreturn]] void give_up(Worker& worker);
  void end_all();

  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<std::size_t> failed_;  // the first plan that threw, in this run()
  std::string failure_;                // what it threw
  std::string broken_;                 // why there are no workers any more
};

}  // namespace partita::sim
