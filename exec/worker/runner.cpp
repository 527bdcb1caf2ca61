#include "exec/worker/runner.h"

#include <immintrin.h>

#include <algorithm>

#include "exec/worker/queued_runner.h"
#include "exec/worker/synchronous_runner.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSpin = 20'000;  // ns before a waiting worker goes to sleep
// Sleepers look up now and then, should a wake-up be lost: a replay may be slow, but never hang for
// that.
constexpr auto kNap = 50ms;

}  // namespace

Runner::Runner(Device& device, Program& program, const SharedMemory& shared,
               const PrepareOrder& order)
    : device_(device),
      program_(program),
      shared_(shared),
      order_(order),
      packs_after_(program.steps()),
      needed_by_(program.steps()) {
  if (!device.synchronous()) pinned_ = device.pin(shared.at(0), shared.size());
  const std::vector<LayerId>& layers = program.part().order;
  for (const CopyOrder& pack : order.packs) {
    packs_.push_back({pack, program.pack(pack.tensor, shared.at(pack.data))});
    const auto step = std::find(layers.begin(), layers.end(), pack.producer) - layers.begin();
    packs_after_[static_cast<std::size_t>(step)].push_back(packs_.size() - 1);
  }
  for (const CopyOrder& unpack : order.unpacks) {
    unpacks_.push_back({unpack, program.unpack(unpack.tensor, shared.at(unpack.data))});
  }
  for (std::size_t step = 0; step < layers.size(); ++step) {
    for (const TensorId input : program.inputs_of(step)) {
      for (std::size_t i = 0; i < unpacks_.size(); ++i) {
        if (unpacks_[i].order.tensor == input) needed_by_[step].push_back(i);
      }
    }
  }
  for (const Placed& input : order.inputs) {
    inputs_.push_back(program.unpack(input.tensor, shared.at(input.offset)));
  }
  for (const Placed& result : order.results) {
    results_.push_back(program.pack(result.tensor, shared.at(result.offset)));
  }
  records_.reserve(layers.size() + packs_.size() + unpacks_.size());
}

void Runner::fill_inputs() {
  for (DeviceCopy& input : inputs_) input.run(PARTITA_COPY_IN);
  device_.synchronize();
}

void Runner::write_results() {
  for (DeviceCopy& result : results_) result.run(PARTITA_COPY_OUT);
  device_.synchronize();
}

std::vector<Record> Runner::run(std::uint32_t number) {
  number_ = number;
  due_.clear();
  records_.clear();
  seen_.assign(unpacks_.size(), false);
  unseen_ = unpacks_.size();
  wait_for_start(number);
  work();
  wait_for_all(number);
  return records_;
}

void Runner::wait_for_start(std::uint32_t number) {
  auto& control = shared_.as<RunControl>(0);
  while (control.go.load(std::memory_order_acquire) != number) {
    futex_wait(control.go, number - 1, kNap);
  }
  start_ = control.start.load(std::memory_order_relaxed);
  while (now_ns() < start_) _mm_pause();
}

// Whoever has finished keeps quiet until all have, so that nobody's last layers are disturbed.
void Runner::wait_for_all(std::uint32_t number) {
  auto& control = shared_.as<RunControl>(0);
  const std::uint32_t all = number * order_.workers;
  std::uint32_t finished = control.finished.fetch_add(1, std::memory_order_acq_rel) + 1;
  if (finished == all) futex_wake_all(control.finished);
  while (static_cast<std::int32_t>(finished - all) < 0) {
    futex_wait(control.finished, finished, kNap);
    finished = control.finished.load(std::memory_order_acquire);
  }
}

bool Runner::see_arrivals() {
  if (unseen_ == 0) return false;
  newly_seen_.clear();
  for (std::size_t i = 0; i < unpacks_.size(); ++i) {
    const CopyOrder& order = unpacks_[i].order;
    if (!seen_[i] &&
        (order.from_start ||
         shared_.as<Slot>(order.slot).run.load(std::memory_order_acquire) == number_)) {
      newly_seen_.push_back(i);
    }
  }
  // One instant for all that are seen at once, later than all of them were announced.
  const std::int64_t now = newly_seen_.empty() ? 0 : now_ns() - start_;
  for (const std::size_t i : newly_seen_) {
    const CopyOrder& order = unpacks_[i].order;
    queue({order.from_start ? 0 : now, order.transfer, i, false});
    seen_[i] = true;
    --unseen_;
  }
  return !newly_seen_.empty();
}

void Runner::queue(const Due& due) {
  due_.insert(std::lower_bound(due_.begin(), due_.end(), due), due);
}

void Runner::serve_all() {
  see_arrivals();
  while (!due_.empty()) {
    const Due due = due_.front();
    due_.erase(due_.begin());
    serve(due);
    see_arrivals();
  }
}

void Runner::wait_for_arrival() {
  auto& bell = shared_.as<Doorbell>(doorbell_offset(order_.worker));
  const std::int64_t tired = now_ns() + kSpin;
  while (now_ns() < tired) {
    if (see_arrivals()) return;
    _mm_pause();
  }
  while (due_.empty()) {
    const std::uint32_t rings = bell.rings.load();
    bell.asleep.store(1);
    if (!see_arrivals()) futex_wait(bell.rings, rings, kNap);
    bell.asleep.store(0);
    see_arrivals();
  }
}

void Runner::announce(const CopyOrder& pack) {
  shared_.as<Slot>(pack.slot).run.store(number_, std::memory_order_release);
  if (pack.receiver == kNobody) return;
  auto& bell = shared_.as<Doorbell>(doorbell_offset(pack.receiver));
  bell.rings.fetch_add(1);
  if (bell.asleep.load() != 0) futex_wake_all(bell.rings);
}

std::unique_ptr<Runner> make_runner(Device& device, Program& program, const SharedMemory& shared,
                                    const PrepareOrder& order) {
  if (device.synchronous()) {
    return std::make_unique<SynchronousRunner>(device, program, shared, order);
  }
  return std::make_unique<QueuedRunner>(device, program, shared, order);
}

}  // namespace partita::exec
