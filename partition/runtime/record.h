// What became of requests and of configurations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/plan/plan.h"

namespace partita {

// What became of one request. `shed`: turned away; then only the arrival counts.
struct RequestRecord {
  Time arrival{0}, admitted{0}, answered{0};  // admitted: when its first run started
  std::uint32_t input_class = 0;              // as it was seen
  std::shared_ptr<const Plan> plan{};         // of its last run; once done: that answered it
  std::uint32_t attempts = 0;
  bool shed = false, done = false;
};

struct DecisionRecord {
  Time when{0};
  bool switched = false;
  std::string configuration, reason;  // in force from then on, or wanted; and why
};

// By RelocationId. `bytes` is what was moved; 0 where weights were only dropped, or were there.
struct RelocationRecord {
  Time asked{0}, done{0};
  Bytes bytes{};
  std::string configuration{};
  bool aborted = false;
};

struct ServiceRecord {
  std::vector<RequestRecord> requests;
  std::vector<DecisionRecord> decisions;  // switches, and changes of the reason to stay
  std::vector<RelocationRecord> relocations;
  std::size_t duplicates = 0;  // answers to requests that had one; 0, or it is our bug
};

}  // namespace partita
