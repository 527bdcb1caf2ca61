// Processors that disturb each other by being busy at the same time.
#pragma once

#include <vector>

#include "sim/fabric.h"

namespace partita::sim {

class Processor;

// Model: while k of its processors run layers, each takes 1 + (k - 1) * (slowdown - 1) times as
// long (fluid.h).
class Package : public RateRule {
 public:
  Package(Fabric& fabric, double slowdown);

  void add(Processor& processor) { members_.push_back(&processor); }
  void reset();

  // A member starts or ends a layer; `change` of members that run any: +1, 0 or -1.
  void changed(int change);
  std::int64_t others() const { return running_ - 1; }
  std::int64_t ppm() const { return ppm_; }

 private:
  void apply() override;

  Fabric& fabric_;
  const std::int64_t ppm_;
  std::vector<Processor*> members_;
  std::int64_t running_ = 0;
  bool pending_ = false;
};

}  // namespace partita::sim
