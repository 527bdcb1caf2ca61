// Points computed by processes on this computer.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tools/partita/sweep/engine.h"
#include "tools/partita/sweep/worker_process.h"

namespace partita::command {

struct LocalOptions {
  std::size_t workers = 1;
  PointLimits limits{};
  // A worker whose memory has grown by so much since its first point is replaced: simulations leave
  // something behind.
  std::int64_t growth = std::int64_t{300} << 20;
  // A point whose worker ends under it is tried so often: somebody else may have ended the worker.
  int tries = 3;
};

// Each worker has some 40 ms of work ahead, so that short points do not wait for this process, nor this
// process for each of them; a point that lasts longer is the only one of its worker. The point that a worker was at when it
// ended is tried again by another, with no others; the rest of its points just go elsewhere.
class LocalEngine : public Engine {
 public:
  LocalEngine(ServePoints serve, LocalOptions options);
  ~LocalEngine() override;

  std::size_t wanted() const override;
  void submit(std::int64_t key, PointQuestion question) override;
  std::size_t under_way() const override;
  std::vector<FinishedPoint> wait(std::chrono::milliseconds at_most) override;

  std::vector<pid_t> workers() const;  // for those who watch them

 private:
  using Clock = std::chrono::steady_clock;
  struct Task {
    std::int64_t key = 0;
    PointQuestion question;
    int attempts = 0;
    bool alone = false;  // in a new worker: the last one ended under it, or had no memory left
  };
  struct Worker;

  void hand_out();
  bool takes(const Worker& worker, const Task& task, std::size_t before) const;
  void give(Worker& worker, Task task);
  std::size_t ahead() const;
  void read(Worker& worker, std::vector<FinishedPoint>& finished);
  void answered(Worker& worker, const std::string& line, std::vector<FinishedPoint>& finished);
  void ended(Worker& worker, std::vector<FinishedPoint>& finished);
  void enforce(Worker& worker);
  Clock::time_point next_check() const;
  void nap(std::chrono::milliseconds at_most) const;

  ServePoints serve_;
  LocalOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Task> waiting_;
  double seconds_ = 0;  // a point's, lately; 0: unknown
};

}  // namespace partita::command
