#include "exec/worker/synchronous_runner.h"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace partita::exec {
namespace {

// CPU time that this thread has got.
std::int64_t cpu_ns() {
  timespec cpu{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  return cpu.tv_sec * 1'000'000'000 + cpu.tv_nsec;
}

}  // namespace

void SynchronousRunner::work() {
  before_ = reading();
  while (has_work()) {
    serve_all();
    if (finish_some()) continue;
    if (Request* next = oldest_ready()) {
      run_layer(*next);
      continue;
    }
    wait_for_news();
    // Waiting is nobody's work.
    before_ = reading();
  }
}

// Awake, as somebody who is at work.
void SynchronousRunner::wait_until(std::int64_t time) {
  while (now_ns() < time) {
  }
}

SynchronousRunner::Reading SynchronousRunner::reading() {
  const std::int64_t cpu = cpu_ns();
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  // Last, so that a span starts with its work.
  return {now_ns(), cpu, usage.ru_nivcsw};
}

bool SynchronousRunner::ready(const Request& request) const {
  if (request.step == steps()) return false;
  const std::vector<std::size_t>& needed = needed_by_[request.step];
  return std::all_of(needed.begin(), needed.end(),
                     [&](std::size_t copy) { return arrived(request, copy); });
}

Runner::Request* SynchronousRunner::oldest_ready() const {
  const auto found = std::find_if(under_way_.begin(), under_way_.end(),
                                  [this](const Request* request) { return ready(*request); });
  return found == under_way_.end() ? nullptr : *found;
}

bool SynchronousRunner::finish_some() {
  const auto found =
      std::find_if(under_way_.begin(), under_way_.end(), [this](const Request* request) {
        return request->step == steps() && request->unfinished == 0;
      });
  if (found == under_way_.end()) return false;
  finish(**found);
  return true;
}

void SynchronousRunner::serve(const Due& due) {
  Request& request = request_on(due.seat);
  Copy& copy = (due.pack ? seats_[due.seat].packs : seats_[due.seat].unpacks)[due.copy];
  before_.time = now_ns();
  note(Pulse::State::Copy, static_cast<std::uint32_t>(copy.order.tensor), before_.time);
  copy.run(PARTITA_COMPUTE);
  wait_until(before_.time + copy.order.at_least);
  const std::int64_t finish = end_of_work();
  if (due.pack) {
    announce(request, copy.order.slot, copy.order.receiver);
    hand_over(request, told_after_pack_[due.copy]);
    --request.unfinished;
  } else {
    hand_over(request, told_after_unpack_[due.copy]);
    note_arrival(request, due.copy, finish - start_);
  }
  record(request, due.pack ? Record::Kind::Pack : Record::Kind::Unpack, copy.order.transfer,
         copy.order.leg, due.queued, finish);
}

void SynchronousRunner::run_layer(Request& request) {
  Program& program = *seats_[request.seat].program;
  const std::size_t step = request.step++;
  const LayerId layer = program.part().order[step];
  before_.time = now_ns();
  note(Pulse::State::Layer, static_cast<std::uint32_t>(layer), before_.time);
  run(program, step);
  const std::int64_t finish = end_of_work();
  // At once: who waits for it may be passing over it meanwhile.
  hand_over(request, told_after_[step]);
  record(request, Record::Kind::Layer, static_cast<std::uint32_t>(layer), 0, 0, finish);
  const std::int64_t ended = records_.back().finish;
  for (const std::size_t pack : packs_after_[step]) {
    queue({ended, request.number, order_.packs[pack].transfer, request.seat, pack, true});
  }
}

// A slower core needs more of its own time. What others take of it is not slower for that.
void SynchronousRunner::run(Program& program, std::size_t step) const {
  if (slowdown_ <= 1) return program.run(step);
  const std::int64_t begin = cpu_ns();
  program.run(step);
  const auto took = static_cast<double>(cpu_ns() - begin);
  const std::int64_t end = begin + static_cast<std::int64_t>(took * slowdown_);
  while (cpu_ns() < end) {
  }
}

std::int64_t SynchronousRunner::end_of_work() const {
  std::int64_t finish = now_ns();
  // Whatever starts takes time; a clock that ticks slowly may not have seen it.
  while (finish <= before_.time) finish = now_ns();
  return finish;
}

void SynchronousRunner::record(const Request& request, Record::Kind kind, std::uint32_t what,
                               std::uint32_t leg, std::int64_t queued, std::int64_t finish) {
  const Reading after = reading();
  records_.push_back({kind, what, leg, queued, before_.time - start_, finish - start_,
                      after.cpu - before_.cpu, after.switches - before_.switches, false,
                      number_in_run(request)});
  before_ = after;
}

}  // namespace partita::exec
