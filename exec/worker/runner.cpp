#include "exec/worker/runner.h"

#include <immintrin.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "exec/worker/order_seen.h"
#include "exec/worker/queued_runner.h"
#include "exec/worker/synchronous_runner.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

// Before a waiting worker goes to sleep. Waking takes tens of microseconds, which a GPU does several
// layers in: where each worker can have a core, and one is left, it waits awake.
constexpr std::int64_t kSpin = 20'000, kLongSpin = 5'000'000;  // ns
// Sleepers look up now and then, should a wake-up be lost: a replay may be slow, but never hang for
// that.
constexpr std::chrono::nanoseconds kNap = 50ms;
// How long before the start nothing is stirred up any more.
constexpr std::int64_t kStirring = 120'000;  // ns
// What a sleeper may oversleep: for a request that arrives at a known time it is awake before.
constexpr std::int64_t kAwake = 100'000;  // ns

std::int64_t spin_of(std::uint32_t workers) {
  return sysconf(_SC_NPROCESSORS_ONLN) > std::int64_t{workers} ? kLongSpin : kSpin;
}

}  // namespace

Runner::Runner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
               const SharedMemory& shared, const Arenas& arenas, const PrepareOrder& order)
    : device_(device),
      shared_(shared),
      order_(order),
      spin_(spin_of(order.workers)),
      packs_after_(programs.front()->steps()),
      needed_by_(programs.front()->steps()),
      packs_after_unpack_(order.unpacks.size()),
      told_after_(programs.front()->steps()),
      told_after_pack_(order.packs.size()),
      told_after_unpack_(order.unpacks.size()),
      on_seat_(programs.size()) {
  if (!device.synchronous()) pinned_ = device.pin(shared.at(0), shared.size());
  for (std::size_t i = 0; i < programs.size(); ++i) {
    Seat seat;
    seat.program = programs[i].get();
    seat.offset = i * order.seat_bytes;
    const auto at = [&](std::uint64_t offset) { return shared.at(offset + seat.offset); };
    for (const CopyOrder& pack : order.packs) {
      seat.packs.push_back({pack, {}});
      seat.packs.back().relayouts.push_back(
          pack.arena == kNobody
              ? seat.program->pack(pack.tensor, at(pack.data))
              : seat.program->pack(pack.tensor, arenas.at(pack.arena, i, pack.data), PARTITA_PEER));
    }
    for (const CopyOrder& unpack : order.unpacks) {
      Copy copy{unpack, {}};
      if (unpack.in_place) {
        // Nothing to copy.
      } else if (!unpack.is_weight) {
        copy.relayouts.push_back(seat.program->unpack(unpack.tensor, at(unpack.data)));
      } else if (i == 0) {
        copy.relayouts = seat.program->weights().loads(unpack.tensor, at(unpack.data));
      }
      seat.unpacks.push_back(std::move(copy));
    }
    for (const Placed& input : order.inputs) {
      seat.inputs.push_back(seat.program->unpack(input.tensor, at(input.offset)));
    }
    for (const Placed& result : order.results) {
      seat.results.push_back(seat.program->pack(result.tensor, at(result.offset)));
    }
    seats_.push_back(std::move(seat));
  }
  const Program& program = *programs.front();
  const std::vector<LayerId>& layers = program.part().order;
  const auto step_of = [&](LayerId layer) {
    return static_cast<std::size_t>(std::find(layers.begin(), layers.end(), layer) -
                                    layers.begin());
  };
  for (std::size_t i = 0; i < order.packs.size(); ++i) {
    const CopyOrder& pack = order.packs[i];
    auto& packs = pack.after_unpack == kNobody ? packs_after_[step_of(pack.producer)]
                                               : packs_after_unpack_[pack.after_unpack];
    packs.push_back(i);
  }
  for (std::size_t i = 0; i < order.handovers.size(); ++i) {
    const Handover& told = order.handovers[i];
    switch (told.after) {
      case Handover::After::Layer: told_after_[step_of(LayerId{told.which})].push_back(i); break;
      case Handover::After::Pack: told_after_pack_[told.which].push_back(i); break;
      case Handover::After::Unpack: told_after_unpack_[told.which].push_back(i); break;
    }
  }
  for (std::size_t step = 0; step < layers.size(); ++step) {
    for (const TensorId input : program.inputs_of(step)) {
      for (std::size_t i = 0; i < order.unpacks.size(); ++i) {
        if (order.unpacks[i].tensor == input) needed_by_[step].push_back(i);
      }
    }
  }
}

void Runner::forget_weights() {
  if (forgetting_.empty()) {
    Program& program = *seats_.front().program;
    std::vector<TensorId> weights;
    for (const CopyOrder& unpack : order_.unpacks) {
      if (!unpack.is_weight) continue;
      weights.push_back(unpack.tensor);
      nothing_.resize(std::max(nothing_.size(), program.plain_bytes(unpack.tensor)));
    }
    for (const TensorId weight : weights) {
      for (DeviceCopy& copy : program.weights().loads(weight, nothing_.data())) {
        forgetting_.push_back(std::move(copy));
      }
    }
  }
  for (DeviceCopy& copy : forgetting_) copy.run(PARTITA_COPY_IN);
  device_.synchronize();
}

void Runner::fill_inputs() {
  for (Seat& seat : seats_) {
    for (DeviceCopy& input : seat.inputs) input.run(PARTITA_COPY_IN);
  }
  device_.synchronize();
}

void Runner::write_results() {
  for (Seat& seat : seats_) {
    for (DeviceCopy& result : seat.results) result.run(PARTITA_COPY_OUT);
  }
  device_.synchronize();
}

Ran Runner::run(const RunOrder& order) {
  first_ = next_ = order.first;
  behind_last_ = order.first + order.count;
  arrivals_ = order.arrivals;
  slowdown_ = order.slowdowns.empty() ? order_.slowdown : order.slowdowns.at(order_.worker);
  keeps_results_ = order.keep_results;
  seated_.assign(order.count, 0);
  loaded_.assign(order_.unpacks.size(), false);
  under_way_.clear();
  due_.clear();
  records_.clear();
  records_.reserve(order.count * (steps() + order_.packs.size() + order_.unpacks.size()));
  wait_for_start(order.number);
  if (takes_part()) work();
  wait_for_all(order.number);
  Ran ran;
  ran.records = records_;
  ran.seats = seated_;
  return ran;
}

void Runner::wait_for_start(std::uint32_t number) {
  auto& control = shared_.as<RunControl>(0);
  while (control.go.load(std::memory_order_acquire) != number) {
    note(Pulse::State::Waits, 0, now_ns());
    futex_wait(control.go, number - 1, kNap);
  }
  start_ = control.start.load(std::memory_order_relaxed);
  for (std::int64_t now = now_ns(); now < start_; now = now_ns()) {
    if (start_ - now > kStirring) stay_awake();
    _mm_pause();
  }
}

// Whoever has finished keeps quiet until all have, so that nobody's last layers are disturbed.
void Runner::wait_for_all(std::uint32_t number) {
  auto& control = shared_.as<RunControl>(0);
  const std::uint32_t all = number * order_.workers;
  note_release(&control.finished);
  std::uint32_t finished = control.finished.fetch_add(1, std::memory_order_acq_rel) + 1;
  if (finished == all) futex_wake_all(control.finished);
  while (static_cast<std::int32_t>(finished - all) < 0) {
    note(Pulse::State::Waits, 0, now_ns());
    futex_wait(control.finished, finished, kNap);
    finished = control.finished.load(std::memory_order_acquire);
  }
  note_acquire(&control.finished);
}

bool Runner::see_news() {
  const bool requests = see_requests();
  return see_arrivals() || requests;
}

std::optional<std::size_t> Runner::seat_of(std::uint32_t number) const {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    const auto& state = shared_.as<SeatState>(seat_offset(order_.workers, seat));
    if (state.request.load(std::memory_order_acquire) != number) continue;
    note_acquire(&state.request);
    return seat;
  }
  return std::nullopt;
}

bool Runner::see_requests() {
  const std::uint32_t before = next_;
  while (next_ != behind_last_) {
    const std::optional<std::size_t> seat = seat_of(next_);
    if (!seat) break;
    const std::int64_t now = now_ns() - start_;
    if (!arrivals_.empty() && now < arrivals_[next_ - first_]) break;
    // Who is there from the start is so from time 0, whenever this worker looks.
    const bool from_start = next_ - first_ < seats_.size() && arrivals_.empty();
    begin(next_, *seat, from_start ? 0 : now);
    ++next_;
  }
  return next_ != before;
}

void Runner::begin(std::uint32_t number, std::size_t seat, std::int64_t now) {
  Request& request = on_seat_[seat];
  request.number = number;
  request.seat = seat;
  request.step = 0;
  request.seen.assign(order_.unpacks.size(), false);
  request.arrived.assign(order_.unpacks.size(), false);
  request.packing.assign(order_.packs.size(), false);
  request.unseen = order_.unpacks.size();
  request.unfinished = order_.packs.size() + order_.handovers.size();
  seated_[number - first_] = static_cast<std::uint32_t>(seat);
  under_way_.push_back(&request);
  for (std::size_t i = 0; i < order_.unpacks.size(); ++i) {
    const bool comes = brings(request, i);
    if (comes) ++request.unfinished;
    if (!order_.unpacks[i].from_start) continue;
    if (comes) queue({now, number, order_.unpacks[i].transfer, seat, i, false});
    request.seen[i] = true;
    --request.unseen;
  }
}

bool Runner::see_arrivals() {
  newly_seen_.clear();
  for (Request* request : under_way_) {
    if (request->unseen == 0) continue;
    for (std::size_t i = 0; i < order_.unpacks.size(); ++i) {
      if (request->seen[i]) continue;
      const auto& slot = shared_.as<Slot>(order_.unpacks[i].slot + seats_[request->seat].offset);
      if (slot.request.load(std::memory_order_acquire) != request->number) continue;
      note_acquire(&slot.request);
      newly_seen_.emplace_back(request, i);
    }
  }
  if (newly_seen_.empty()) return false;
  // One instant for all that are seen at once, later than all of them were announced.
  const std::int64_t now = now_ns() - start_;
  for (const auto& [request, copy] : newly_seen_) {
    if (order_.unpacks[copy].in_place) {
      note_arrival(*request, copy, now);
    } else {
      queue({now, request->number, order_.unpacks[copy].transfer, request->seat, copy, false});
    }
    request->seen[copy] = true;
    --request->unseen;
  }
  return true;
}

void Runner::note_arrival(Request& request, std::size_t unpack, std::int64_t now) {
  request.arrived[unpack] = loaded_[unpack] = true;
  --request.unfinished;
  for (const std::size_t pack : packs_after_unpack_[unpack]) {
    queue({now, request.number, order_.packs[pack].transfer, request.seat, pack, true});
  }
}

void Runner::queue(const Due& due) {
  due_.insert(std::lower_bound(due_.begin(), due_.end(), due), due);
}

void Runner::serve_all() {
  see_news();
  while (!due_.empty()) {
    const Due due = due_.front();
    due_.erase(due_.begin());
    serve(due);
    see_news();
  }
}

void Runner::wait_for_news() {
  auto& bell = shared_.as<Doorbell>(doorbell_offset(order_.worker));
  const std::int64_t now = now_ns(), tired = now + spin_;
  note(Pulse::State::Waits, 0, now);
  while (now_ns() < tired) {
    if (see_news()) return;
    _mm_pause();
  }
  for (bool news = false; !news;) {
    const std::uint32_t rings = bell.rings.load();
    bell.asleep.store(1);
    news = see_news();
    note(Pulse::State::Waits, 0, now_ns());
    if (!news) futex_wait(bell.rings, rings, nap());
    bell.asleep.store(0);
    news = see_news() || news;
  }
}

// Nobody rings when a request arrives.
std::chrono::nanoseconds Runner::nap() const {
  if (arrivals_.empty() || next_ == behind_last_) return kNap;
  const std::int64_t left = start_ + arrivals_[next_ - first_] - kAwake - now_ns();
  return std::clamp(std::chrono::nanoseconds(left), 0ns, kNap);
}

void Runner::announce(const Request& request, std::uint64_t slot, std::uint32_t receiver) {
  auto& state = shared_.as<Slot>(slot + seats_[request.seat].offset);
  note_release(&state.request);
  state.request.store(request.number, std::memory_order_release);
  if (receiver != kNobody) ring(receiver);
}

void Runner::hand_over(Request& request, const std::vector<std::size_t>& handovers) {
  for (const std::size_t i : handovers) {
    announce(request, order_.handovers[i].slot, order_.handovers[i].receiver);
    --request.unfinished;
  }
}

void Runner::ring(std::uint32_t worker) {
  auto& bell = shared_.as<Doorbell>(doorbell_offset(worker));
  bell.rings.fetch_add(1);
  if (bell.asleep.load() != 0) futex_wake_all(bell.rings);
}

void Runner::finish(Request& request) {
  if (keeps_results_) keep_results(request);
  std::erase(under_way_, &request);
  auto& state = shared_.as<SeatState>(seat_offset(order_.workers, request.seat));
  note_release(&state.finished);
  if (state.finished.fetch_add(1, std::memory_order_acq_rel) + 1 < order_.taking_part) return;
  note_acquire(&state.finished);
  state.finished.store(0, std::memory_order_relaxed);
  const std::uint32_t next = shared_.as<RunControl>(0).next.fetch_add(1);
  if (static_cast<std::int32_t>(next - behind_last_) >= 0) return;
  note_release(&state.request);
  state.request.store(next, std::memory_order_release);
  for (std::uint32_t worker = 0; worker < order_.workers; ++worker) {
    if (worker != order_.worker) ring(worker);
  }
}

void Runner::keep_results(const Request& request) {
  Seat& seat = seats_[request.seat];
  for (DeviceCopy& result : seat.results) result.run(PARTITA_COPY_OUT);
  device_.synchronize();
  const std::uint64_t kept = order_.kept_at + number_in_run(request) * order_.results_bytes;
  for (const Placed& result : order_.results) {
    std::memcpy(shared_.at(kept + result.offset - order_.results_at),
                shared_.at(result.offset + seat.offset), seat.program->plain_bytes(result.tensor));
  }
}

std::unique_ptr<Runner> make_runner(Device& device,
                                    const std::vector<std::unique_ptr<Program>>& programs,
                                    const SharedMemory& shared, const Arenas& arenas,
                                    const PrepareOrder& order) {
  if (device.synchronous()) {
    return std::make_unique<SynchronousRunner>(device, programs, shared, arenas, order);
  }
  return std::make_unique<QueuedRunner>(device, programs, shared, arenas, order);
}

}  // namespace partita::exec
