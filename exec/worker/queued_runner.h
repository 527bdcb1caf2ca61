// A worker whose device works through queues: layers in one, copies in two more, while the thread
// goes on.
#pragma once

#include "exec/worker/runner.h"

namespace partita::exec {

// Model: of one request alone, layers are queued in plan order as soon as the copies that bring
//   their operands are; the device makes each wait for the copies, and each copy out for its layer.
//   Where there are several, a layer of the oldest is queued behind others once its operands are
//   there, one of a younger only when the device has nothing to compute: an older one may be ready
//   before that. A copy in is queued when its data has arrived in the host's memory; a copy out is
//   announced when the thread, which looks again and again, sees that it is done. A layer that
//   writes where a copy out still reads waits for it. Times are the device's own.
class QueuedRunner : public Runner {
 public:
  QueuedRunner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
               const SharedMemory& shared, const PrepareOrder& order);

 private:
  // One thing in a queue, between two events.
  struct Span {
    DeviceEvent start, finish;
    std::int64_t queued = 0;
  };
  // Of the request on one seat.
  struct Spans {
    std::vector<Span> layers, packs, unpacks;
  };
  struct InFlight {
    std::size_t seat, pack;
  };

  void work() override;
  void serve(const Due& due) override;
  void note_silence(std::int64_t now);
  bool launch_next();
  bool copies_in() const;
  bool operands_queued(const Request& request) const;
  bool operands_there(const Request& request);
  bool computes();
  void launch(Request& request);
  bool announce_finished();
  bool finish_some();
  bool is_over(const Request& request);
  // What the device's clock says of all that has happened.
  void collect(const Request& request);
  Record record(const Request& request, Record::Kind kind, std::uint32_t what, std::uint32_t leg,
                const Span& span);
  Span make_span() { return {device_.make_event(), device_.make_event(), 0}; }

  std::vector<Spans> spans_;                          // by seat
  std::vector<std::size_t> maker_of_;                 // pack -> step
  std::vector<std::vector<std::size_t>> out_before_;  // step -> packs that must be done by then
  const Span* launched_last_ = nullptr;               // absent: nothing since the device was idle
  std::int64_t launched_ = 0;                         // layers in this run
  // Since when nothing has ended, and whether that has been noted.
  std::optional<std::pair<std::int64_t, bool>> quiet_since_;
  std::vector<InFlight> in_flight_;  // packs, in the order of their queue
};

}  // namespace partita::exec
