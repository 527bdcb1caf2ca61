#include "exec/worker/queued_runner.h"

#include <fmt/format.h>
#include <immintrin.h>

#include <algorithm>

namespace partita::exec {
namespace {

constexpr std::int64_t kSilence = 20'000'000;  // ns

}  // namespace

QueuedRunner::QueuedRunner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
                           const SharedMemory& shared, const PrepareOrder& order)
    : Runner(device, programs, shared, order),
      spans_(programs.size()),
      maker_of_(order.packs.size()),
      out_before_(steps()) {
  for (std::size_t step = 0; step < steps(); ++step) {
    for (const std::size_t pack : packs_after_[step]) maker_of_[pack] = step;
  }
  for (std::size_t pack = 0; pack < order.packs.size(); ++pack) {
    const std::size_t step = programs.front()->overwritten_at(order.packs[pack].tensor);
    if (step < steps()) out_before_[step].push_back(pack);
  }
  for (Spans& spans : spans_) {
    for (std::size_t i = 0; i < steps(); ++i) spans.layers.push_back(make_span());
    for (std::size_t i = 0; i < order.packs.size(); ++i) spans.packs.push_back(make_span());
    for (std::size_t i = 0; i < order.unpacks.size(); ++i) spans.unpacks.push_back(make_span());
  }
}

void QueuedRunner::work() {
  launched_last_ = nullptr;
  quiet_since_.reset();
  launched_ = 0;
  in_flight_.clear();
  while (has_work()) {
    serve_all();
    // First: what ends after this look may let others go on, for which this has to look again.
    const bool idle = !computes() && in_flight_.empty();
    bool progress = announce_finished();
    progress = launch_next() || progress;
    progress = finish_some() || progress;
    if (progress || !due_.empty()) {
      quiet_since_.reset();
    } else if (idle && !copies_in()) {
      quiet_since_.reset();
      wait_for_news();
    } else {
      note_silence(now_ns());
      _mm_pause();
    }
  }
  device_.synchronize();
}

// Tells what a device that has done nothing for some time is at.
void QueuedRunner::note_silence(std::int64_t now) {
  if (!quiet_since_) quiet_since_ = {now, false};
  auto& [since, noted] = *quiet_since_;
  if (noted || now - since < kSilence) return;
  noted = true;
  for (const Request* request : under_way_) {
    const Spans& spans = spans_[request->seat];
    for (std::size_t step = 0; step < request->step; ++step) {
      if (device_.happened(spans.layers[step].finish)) continue;
      const LayerId layer = seats_[request->seat].program->part().order[step];
      return note(Pulse::State::Layer, static_cast<std::uint32_t>(layer), since);
    }
  }
  note(Pulse::State::Copies, 0, since);
}

bool QueuedRunner::operands_queued(const Request& request) const {
  const std::vector<std::size_t>& needed = needed_by_[request.step];
  return std::all_of(needed.begin(), needed.end(),
                     [&](std::size_t copy) { return arrived(request, copy); });
}

bool QueuedRunner::operands_there(const Request& request) {
  if (!operands_queued(request)) return false;
  const std::vector<std::size_t>& needed = needed_by_[request.step];
  return std::all_of(needed.begin(), needed.end(), [&](std::size_t copy) {
    return device_.happened(spans_[comes_on(request.seat, copy)].unpacks[copy].finish);
  });
}

bool QueuedRunner::computes() {
  if (launched_last_ != nullptr && device_.happened(launched_last_->finish)) {
    launched_last_ = nullptr;
  }
  return launched_last_ != nullptr;
}

// Whether a layer waits for nothing but a copy that is queued.
bool QueuedRunner::copies_in() const {
  return std::any_of(under_way_.begin(), under_way_.end(), [this](const Request* request) {
    return request->step < steps() && operands_queued(*request);
  });
}

bool QueuedRunner::launch_next() {
  const auto has_layers = [this](const Request* request) { return request->step < steps(); };
  const auto oldest = std::find_if(under_way_.begin(), under_way_.end(), has_layers);
  if (oldest == under_way_.end()) return false;
  if (std::none_of(oldest + 1, under_way_.end(), has_layers)) {
    if (!operands_queued(**oldest)) return false;
    launch(**oldest);
    return true;
  }
  // First: an operand that comes between the two looks comes after the layer before has ended.
  const bool busy = computes();
  for (auto at = oldest; at != under_way_.end(); ++at) {
    if (busy && at != oldest) return false;
    if (!has_layers(*at) || !operands_there(**at)) continue;
    launch(**at);
    return true;
  }
  return false;
}

void QueuedRunner::launch(Request& request) {
  Program& program = *seats_[request.seat].program;
  Spans& spans = spans_[request.seat];
  const std::size_t step = request.step++;
  for (const std::size_t copy : needed_by_[step]) {
    device_.wait(spans_[comes_on(request.seat, copy)].unpacks[copy].finish, PARTITA_COMPUTE);
  }
  for (const std::size_t pack : out_before_[step]) {
    device_.wait(spans.packs[pack].finish, PARTITA_COMPUTE);
  }
  device_.record(spans.layers[step].start, PARTITA_COMPUTE);
  program.run(step);
  device_.record(spans.layers[step].finish, PARTITA_COMPUTE);
  launched_last_ = &spans.layers[step];
  // Its end is not known yet; what counts among copies out is their order.
  for (const std::size_t pack : packs_after_[step]) {
    queue({launched_++, request.number, order_.packs[pack].transfer, request.seat, pack, true});
  }
}

void QueuedRunner::serve(const Due& due) {
  Copy& copy = (due.pack ? seats_[due.seat].packs : seats_[due.seat].unpacks)[due.copy];
  Spans& spans = spans_[due.seat];
  Span& span = (due.pack ? spans.packs : spans.unpacks)[due.copy];
  const partita_queue queue = due.pack ? PARTITA_COPY_OUT : PARTITA_COPY_IN;
  span.queued = due.queued;
  if (due.pack) device_.wait(spans.layers[maker_of_[due.copy]].finish, queue);
  device_.record(span.start, queue);
  copy.run(queue);
  device_.record(span.finish, queue);
  Request& request = request_on(due.seat);
  if (due.pack) {
    in_flight_.push_back({due.seat, due.copy});
  } else {
    note_arrival(request, due.copy);
  }
}

bool QueuedRunner::announce_finished() {
  std::size_t done = 0;
  for (; done < in_flight_.size(); ++done) {
    const auto [seat, pack] = in_flight_[done];
    if (!device_.happened(spans_[seat].packs[pack].finish)) break;
    Request& request = request_on(seat);
    announce(request, order_.packs[pack]);
    --request.unfinished;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(done));
  return done > 0;
}

// All layers have ended, and all copies: those in before the layers that need them.
bool QueuedRunner::is_over(const Request& request) {
  return request.step == steps() && request.unfinished == 0 &&
         device_.happened(spans_[request.seat].layers.back().finish);
}

bool QueuedRunner::finish_some() {
  for (Request* request : under_way_) {
    if (!is_over(*request)) continue;
    // Its events are those of the next request on that seat.
    collect(*request);
    finish(*request);
    return true;
  }
  return false;
}

void QueuedRunner::collect(const Request& request) {
  Spans& spans = spans_[request.seat];
  const std::size_t first = records_.size();
  const std::vector<LayerId>& layers = seats_[request.seat].program->part().order;
  for (std::size_t step = 0; step < steps(); ++step) {
    records_.push_back(record(request, Record::Kind::Layer,
                              static_cast<std::uint32_t>(layers[step]), 0, spans.layers[step]));
  }
  for (std::size_t i = 0; i < spans.packs.size(); ++i) {
    const CopyOrder& pack = order_.packs[i];
    spans.packs[i].queued = records_[first + maker_of_[i]].finish;
    records_.push_back(
        record(request, Record::Kind::Pack, pack.transfer, pack.leg, spans.packs[i]));
  }
  for (std::size_t i = 0; i < spans.unpacks.size(); ++i) {
    if (!brings(request, i)) continue;
    const CopyOrder& unpack = order_.unpacks[i];
    records_.push_back(
        record(request, Record::Kind::Unpack, unpack.transfer, unpack.leg, spans.unpacks[i]));
  }
}

Record QueuedRunner::record(const Request& request, Record::Kind kind, std::uint32_t what,
                            std::uint32_t leg, const Span& span) {
  const std::int64_t start = device_.time(span.start) - start_;
  std::int64_t finish = device_.time(span.finish) - start_;
  if (finish < start || start < -device_.clock_error()) {
    throw Error(fmt::format("the device's clock went backwards by {} ns",
                            std::max(start - finish, -start)));
  }
  // Whatever starts takes time, even where the device's clock ticks too slowly to see it.
  finish = std::max(finish, start + 1);
  return {kind,   what,           leg, span.queued, start,
          finish, finish - start, 0,   true,        number_in_run(request)};
}

}  // namespace partita::exec
