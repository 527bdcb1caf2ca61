// The workers of one machine under one leader: what a plan asks of all of them at once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "exec/worker/blame.h"
#include "exec/worker/crew_protocol.h"
#include "exec/worker/member.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {

// Whatever goes wrong with a worker is thrown as a WorkerFailure. Then the crew is good for
// nothing else: others may be waiting for that worker, and end with this object.
class Crew {
 public:
  // `hangup`: of the coordinator; when its other end closes, waiting ends with Hangup.
  Crew(const std::vector<WorkerSpec>& specs, std::chrono::milliseconds patience, int hangup);

  const std::vector<Opened>& opened() const { return opened_; }
  std::vector<std::vector<Gap>> load(const Writer& model);
  // Weights first change hands.
  std::vector<Prepared> prepare(CrewOrder order);
  // Other inputs for all following runs.
  void set_inputs(const std::vector<PlacedValues>& inputs);
  std::vector<Ran> run(const RunOrder& order);
  // Of the last run: as many bytes as `values` hold.
  void results(std::vector<PlacedValues>& values);

 private:
  void make_arenas(std::vector<PrepareOrder>& orders);
  std::vector<Reader> answers() { return answers(patience_, false); }
  // `in_run`: somebody who does not answer may be waiting for another.
  std::vector<Reader> answers(std::chrono::milliseconds patience, bool in_run);
  // Of those who owe an answer when the patience is over. Throws.
  [[noreturn]] void blame(const std::optional<Suspect>& suspect,
                          const std::vector<std::size_t>& missing,
                          std::chrono::milliseconds patience) const;
  void write_inputs(const SharedMemory& memory, const std::vector<PlacedValues>& inputs) const;
  std::byte* place(const SharedMemory& memory, std::uint64_t offset, std::size_t bytes) const;

  std::vector<std::unique_ptr<Member>> members_;
  std::chrono::milliseconds patience_;
  int hangup_;
  std::vector<Opened> opened_;
  Names names_;
  SharedMemory shared_;
  std::uint32_t seats_ = 1;  // of the prepared plan
  std::uint32_t kept_ = 0;   // requests whose results there is room for
};

}  // namespace partita::exec
