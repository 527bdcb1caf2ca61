// A worker whose device works through queues: layers in one, copies in two more, while the thread
// goes on.
#pragma once

#include <map>

#include "exec/worker/runner.h"

namespace partita::exec {

// Model: of one request alone, layers are queued in plan order as soon as the copies that bring
//   their operands are; the device makes each wait for the copies, and each copy out for its layer.
//   Where there are several, a layer of the oldest is queued behind others once its operands are
//   there, one of a younger only when the device has nothing to compute: an older one may be ready
//   before that. A copy in is queued when its data has arrived in the host's memory; a copy out is
//   announced when the thread, which looks again and again, sees that it is done. A layer that
//   writes where a copy out still reads waits for it. Times are the device's own.
//   Where the device wants sequences and requests come one at a time, layers that wait for nothing
//   and after which nothing is waited for go as one with the layer before, from the second run on:
//   by then kernels are loaded, which a device may be unable to do while it notes what they do. Times
//   are told of each.
//   A worker that copies out for others, too, learns only afterwards when their layers have ended:
//   it queues its own copies out no sooner than that either, so that all are served in turn.
class QueuedRunner : public Runner {
 public:
  QueuedRunner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
               const SharedMemory& shared, const Arenas& arenas, const PrepareOrder& order);

 private:
  // One thing in a queue, between two events.
  struct Span {
    DeviceEvent start, finish;
    std::int64_t queued = 0;
  };
  // Of the request on one seat.
  struct Spans {
    std::vector<Span> layers, packs, unpacks;
    // Of each step that begins a sequence of several: what they do, but for when the first starts
    // and when the last ends.
    std::map<std::size_t, DeviceSequence> sequences;
  };
  struct InFlight {
    std::size_t seat, pack;
  };
  // What follows when this has happened.
  struct Watched {
    std::size_t seat;
    const DeviceEvent* event;
    const std::vector<std::size_t>* handovers;  // to be told of then
    const std::vector<std::size_t>* packs;      // to be queued then
  };

  void make_ready() override;
  void stay_awake() override { device_.keep_awake(); }
  void work() override;
  void serve(const Due& due) override;
  void note_silence(std::int64_t now);
  bool launch_next();
  bool copies_in() const;
  // No copy and no layer is queued of whose end others must hear.
  bool nothing_to_tell() const { return in_flight_.empty() && watched_.empty(); }
  bool operands_queued(const Request& request) const;
  bool operands_there(const Request& request);
  bool computes();
  void launch(Request& request);
  void make_sequences(std::size_t seat);
  std::size_t end_of_sequence(std::size_t first) const;
  void run_steps(std::size_t seat, std::size_t first, std::size_t end);
  bool announce_finished();
  bool see_watched();
  void watch(std::size_t seat, const Span& span, const std::vector<std::size_t>& handovers,
             const std::vector<std::size_t>& packs = kNone);
  bool is_there(const Request& request, std::size_t unpack);
  bool copies_out_queued(const Request& request) const;
  bool finish_some();
  bool is_over(const Request& request);
  // What the device's clock says of all that has happened.
  void collect(const Request& request);
  Record record(const Request& request, Record::Kind kind, std::uint32_t what, std::uint32_t leg,
                const Span& span, std::int64_t not_before);
  Span make_span() { return {device_.make_event(), device_.make_event(), 0}; }

  static const std::vector<std::size_t> kNone;

  std::vector<Spans> spans_;  // by seat
  bool copies_for_others_ = false;
  const bool wants_sequences_;
  bool has_run_ = false;
  std::vector<std::size_t> maker_of_;                 // pack -> step; steps(): none here
  std::vector<std::vector<std::size_t>> out_before_;  // step -> packs that must be done by then
  const Span* launched_last_ = nullptr;               // absent: nothing since the device was idle
  std::int64_t launched_ = 0;                         // layers in this run
  std::vector<InFlight> in_flight_;                   // packs, in the order of their queue
  std::vector<Watched> watched_;
  // Since when nothing has ended, and whether that has been noted.
  std::optional<std::pair<std::int64_t, bool>> quiet_since_;
};

}  // namespace partita::exec
