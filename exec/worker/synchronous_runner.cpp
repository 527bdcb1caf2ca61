#include "exec/worker/synchronous_runner.h"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace partita::exec {

void SynchronousRunner::work() {
  arrived_.assign(unpacks_.size(), false);
  before_ = reading();
  for (std::size_t step = 0; step < program_.steps(); ++step) {
    serve_all();
    while (!ready(step)) {
      wait_for_arrival();
      // Waiting is nobody's work.
      before_ = reading();
      serve_all();
    }
    run_layer(step);
  }
  serve_all();
}

// Awake, as somebody who is at work.
void SynchronousRunner::wait_until(std::int64_t time) {
  while (now_ns() < time) {
  }
}

SynchronousRunner::Reading SynchronousRunner::reading() {
  timespec cpu{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  // Last, so that a span starts with its work.
  return {now_ns(), cpu.tv_sec * 1'000'000'000 + cpu.tv_nsec, usage.ru_nivcsw};
}

bool SynchronousRunner::ready(std::size_t step) const {
  return std::all_of(needed_by_[step].begin(), needed_by_[step].end(),
                     [this](std::size_t copy) { return arrived_[copy]; });
}

void SynchronousRunner::serve(const Due& due) {
  Copy& copy = (due.pack ? packs_ : unpacks_)[due.copy];
  before_.time = now_ns();
  copy.relayout.run();
  wait_until(before_.time + copy.order.at_least);
  record(due.pack ? Record::Kind::Pack : Record::Kind::Unpack, copy.order.transfer, copy.order.leg,
         due.queued);
  if (due.pack) {
    announce(copy.order);
  } else {
    arrived_[due.copy] = true;
  }
}

void SynchronousRunner::run_layer(std::size_t step) {
  before_.time = now_ns();
  program_.run(step);
  if (order_.slowdown > 1) {
    const auto took = static_cast<double>(now_ns() - before_.time);
    wait_until(before_.time + static_cast<std::int64_t>(took * order_.slowdown));
  }
  const LayerId layer = program_.part().order[step];
  record(Record::Kind::Layer, static_cast<std::uint32_t>(layer), 0, 0);
  const std::int64_t ended = records_.back().finish;
  for (const std::size_t pack : packs_after_[step]) {
    queue({ended, packs_[pack].order.transfer, pack, true});
  }
}

void SynchronousRunner::record(Record::Kind kind, std::uint32_t what, std::uint32_t leg,
                               std::int64_t queued) {
  std::int64_t finish = now_ns();
  // Whatever starts takes time; a clock that ticks slowly may not have seen it.
  while (finish <= before_.time) finish = now_ns();
  const Reading after = reading();
  records_.push_back({kind, what, leg, queued, before_.time - start_, finish - start_,
                      after.cpu - before_.cpu, after.switches - before_.switches, false});
  before_ = after;
}

}  // namespace partita::exec
