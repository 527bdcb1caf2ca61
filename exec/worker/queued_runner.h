// A worker whose device works through queues: layers in one, copies in two more, while the thread
// goes on.
#pragma once

#include "exec/worker/runner.h"

namespace partita::exec {

// Model: layers are queued in plan order as soon as the copies that bring their operands are; the
//   device makes each wait for the copies, and each copy out for its layer. A copy in is queued when
//   its data has arrived in the host's memory; a copy out is announced when the thread, which looks
//   again and again, sees that it is done. A layer that writes where a copy out still reads waits
//   for it. Times are the device's own.
class QueuedRunner : public Runner {
 public:
  QueuedRunner(Device& device, Program& program, const SharedMemory& shared,
               const PrepareOrder& order);

 private:
  // One thing in a queue, between two events.
  struct Span {
    DeviceEvent start, finish;
    std::int64_t queued = 0;
  };

  void work() override;
  void serve(const Due& due) override;
  bool queued(std::size_t step) const;
  void launch(std::size_t step);
  bool announce_finished();
  void collect();
  Record record(Record::Kind kind, std::uint32_t what, std::uint32_t leg, const Span& span);
  Span make_span() { return {device_.make_event(), device_.make_event(), 0}; }

  std::vector<Span> layer_spans_, pack_spans_, unpack_spans_;
  std::vector<std::size_t> maker_of_;                 // pack -> step
  std::vector<std::vector<std::size_t>> out_before_;  // step -> packs that must be done by then
  std::vector<bool> unpack_queued_;
  std::vector<std::size_t> in_flight_;  // packs, in the order of their queue
};

}  // namespace partita::exec
