// Points computed by a dask cluster: tools/cluster/dask_bridge.py speaks to it.
#pragma once

#include <map>
#include <string>

#include "tools/partita/sweep/engine.h"
#include "tools/partita/sweep/worker_process.h"

namespace partita::command {

struct DaskOptions {
  std::string scheduler;    // its address; "": a cluster on this computer
  std::size_t workers = 1;  // of that one
  std::string files;        // folder of the files that points name
  PointLimits limits{};
};

class DaskEngine : public Engine {
 public:
  // Throws Error where there is no bridge.
  explicit DaskEngine(DaskOptions options);
  ~DaskEngine() override;  // gives the cluster some seconds to end

  std::size_t wanted() const override;
  void submit(std::int64_t key, PointQuestion question) override;
  std::size_t under_way() const override { return asked_.size(); }
  std::vector<FinishedPoint> wait(std::chrono::milliseconds at_most) override;

 private:
  DaskOptions options_;
  WorkerProcess bridge_;
  std::multimap<std::string, std::int64_t> asked_;  // keys by id
  std::size_t most_ = 0;                            // under way
  std::size_t answered_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace partita::command
