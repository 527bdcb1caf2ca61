#include "exec/worker/queued_runner.h"

#include <fmt/format.h>
#include <immintrin.h>

#include <algorithm>
#include <limits>

namespace partita::exec {
namespace {

constexpr std::int64_t kSilence = 20'000'000;  // ns

}  // namespace

const std::vector<std::size_t> QueuedRunner::kNone;

QueuedRunner::QueuedRunner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
                           const SharedMemory& shared, const Arenas& arenas,
                           const PrepareOrder& order)
    : Runner(device, programs, shared, arenas, order),
      spans_(programs.size()),
      // Of several requests, an older one may have to come between any two layers.
      wants_sequences_(device.sequences() && programs.size() == 1),
      maker_of_(order.packs.size(), steps()),
      out_before_(steps()) {
  for (std::size_t step = 0; step < steps(); ++step) {
    for (const std::size_t pack : packs_after_[step]) maker_of_[pack] = step;
  }
  copies_for_others_ =
      std::any_of(order.packs.begin(), order.packs.end(),
                  [](const CopyOrder& pack) { return pack.after_unpack != kNobody; });
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

void QueuedRunner::make_ready() {
  if (wants_sequences_ && has_run_ && spans_.front().sequences.empty()) make_sequences(0);
}

void QueuedRunner::make_sequences(std::size_t seat) {
  for (std::size_t first = 0; first < steps();) {
    const std::size_t end = end_of_sequence(first);
    if (end > first + 1) {
      spans_[seat].sequences[first] = device_.make_sequence([&] { run_steps(seat, first, end); });
    }
    first = end;
  }
}

// Nothing waits for a layer before the last one, and no layer behind the first one waits.
std::size_t QueuedRunner::end_of_sequence(std::size_t first) const {
  std::size_t end = first + 1;
  while (end < steps() && packs_after_[end - 1].empty() && told_after_[end - 1].empty() &&
         needed_by_[end].empty() && out_before_[end].empty()) {
    ++end;
  }
  return end;
}

void QueuedRunner::run_steps(std::size_t seat, std::size_t first, std::size_t end) {
  const std::vector<Span>& layers = spans_[seat].layers;
  for (std::size_t step = first; step < end; ++step) {
    if (step > first) device_.record(layers[step].start, PARTITA_COMPUTE);
    seats_[seat].program->run(step);
    if (step + 1 < end) device_.record(layers[step].finish, PARTITA_COMPUTE);
  }
}

void QueuedRunner::work() {
  has_run_ = true;
  launched_last_ = nullptr;
  quiet_since_.reset();
  launched_ = 0;
  in_flight_.clear();
  watched_.clear();
  while (has_work()) {
    serve_all();
    // First: what ends after this look may let others go on, for which this has to look again.
    const bool idle = !computes() && nothing_to_tell();
    bool progress = see_watched();
    progress = announce_finished() || progress;
    progress = launch_next() || progress;
    progress = finish_some() || progress;
    if (progress || !due_.empty()) {
      quiet_since_.reset();
    } else if (idle && nothing_to_tell() && !copies_in()) {
      // Asked once more: what has come since that look may have been served by now, and nobody but
      // this worker sees the end of a copy that others wait for.
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
  return copies_out_queued(request) &&
         std::all_of(needed.begin(), needed.end(),
                     [&](std::size_t copy) { return arrived(request, copy); });
}

// Those that must be done before its next layer: only then it can wait for them.
bool QueuedRunner::copies_out_queued(const Request& request) const {
  const std::vector<std::size_t>& before = out_before_[request.step];
  return std::all_of(before.begin(), before.end(),
                     [&](std::size_t pack) { return request.packing[pack]; });
}

bool QueuedRunner::operands_there(const Request& request) {
  if (!operands_queued(request)) return false;
  const std::vector<std::size_t>& needed = needed_by_[request.step];
  return std::all_of(needed.begin(), needed.end(),
                     [&](std::size_t copy) { return is_there(request, copy); });
}

// Precondition: it has arrived, or its copy is queued.
bool QueuedRunner::is_there(const Request& request, std::size_t unpack) {
  return order_.unpacks[unpack].in_place ||
         device_.happened(spans_[comes_on(request.seat, unpack)].unpacks[unpack].finish);
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
  // First: an operand that comes between this look and the next comes after the layer before has
  // ended; and what that layer's end lets go on has to go on before anything younger, as the copies
  // that the next layer of its request waits for have to be queued.
  const bool busy = computes();
  if (copies_for_others_ || !busy) {
    see_watched();
    serve_all();
  }
  const auto has_layers = [this](const Request* request) { return request->step < steps(); };
  const auto oldest = std::find_if(under_way_.begin(), under_way_.end(), has_layers);
  if (oldest == under_way_.end()) return false;
  if (std::none_of(oldest + 1, under_way_.end(), has_layers)) {
    if (!operands_queued(**oldest)) return false;
    launch(**oldest);
    return true;
  }
  for (auto at = oldest; at != under_way_.end(); ++at) {
    if (busy && at != oldest) return false;
    if (!has_layers(*at) || !operands_there(**at)) continue;
    launch(**at);
    return true;
  }
  return false;
}

void QueuedRunner::launch(Request& request) {
  Spans& spans = spans_[request.seat];
  const std::size_t first = request.step;
  const auto sequence = spans.sequences.find(first);
  const std::size_t end = sequence == spans.sequences.end() ? first + 1 : end_of_sequence(first);
  request.step = end;
  // Whoever makes progress has begun something lately, and is not taken for one that hangs.
  note(Pulse::State::Layer,
       static_cast<std::uint32_t>(seats_[request.seat].program->part().order[first]), now_ns());
  for (const std::size_t copy : needed_by_[first]) {
    if (order_.unpacks[copy].in_place) continue;
    device_.wait(spans_[comes_on(request.seat, copy)].unpacks[copy].finish, PARTITA_COMPUTE);
  }
  for (const std::size_t pack : out_before_[first]) {
    device_.wait(spans.packs[pack].finish, PARTITA_COMPUTE);
  }
  device_.record(spans.layers[first].start, PARTITA_COMPUTE);
  if (sequence == spans.sequences.end()) {
    run_steps(request.seat, first, end);
  } else {
    sequence->second.run();
  }
  const std::size_t step = end - 1;
  device_.record(spans.layers[step].finish, PARTITA_COMPUTE);
  launched_last_ = &spans.layers[step];
  if (copies_for_others_) {
    watch(request.seat, spans.layers[step], told_after_[step], packs_after_[step]);
    return;
  }
  watch(request.seat, spans.layers[step], told_after_[step]);
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
  const bool made_here = due.pack && maker_of_[due.copy] < steps();
  if (made_here) device_.wait(spans.layers[maker_of_[due.copy]].finish, queue);
  device_.record(span.start, queue);
  copy.run(queue);
  device_.record(span.finish, queue);
  Request& request = request_on(due.seat);
  if (due.pack) {
    request.packing[due.copy] = true;
    in_flight_.push_back({due.seat, due.copy});
    watch(due.seat, span, told_after_pack_[due.copy]);
  } else {
    watch(due.seat, span, told_after_unpack_[due.copy]);
    note_arrival(request, due.copy, now_ns() - start_);
  }
}

void QueuedRunner::watch(std::size_t seat, const Span& span,
                         const std::vector<std::size_t>& handovers,
                         const std::vector<std::size_t>& packs) {
  if (handovers.empty() && packs.empty()) return;
  watched_.push_back({seat, &span.finish, &handovers, &packs});
}

bool QueuedRunner::see_watched() {
  return std::erase_if(watched_, [this](const Watched& each) {
           if (!device_.happened(*each.event)) return false;
           Request& request = request_on(each.seat);
           hand_over(request, *each.handovers);
           const std::int64_t now = now_ns() - start_;
           for (const std::size_t pack : *each.packs) {
             queue({now, request.number, order_.packs[pack].transfer, each.seat, pack, true});
           }
           return true;
         }) > 0;
}

bool QueuedRunner::announce_finished() {
  std::size_t done = 0;
  for (; done < in_flight_.size(); ++done) {
    const auto [seat, pack] = in_flight_[done];
    if (!device_.happened(spans_[seat].packs[pack].finish)) break;
    Request& request = request_on(seat);
    announce(request, order_.packs[pack].slot, order_.packs[pack].receiver);
    --request.unfinished;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(done));
  return done > 0;
}

// All layers have ended, and all copies: those in before the layers that need them.
bool QueuedRunner::is_over(const Request& request) {
  return request.step == steps() && request.unfinished == 0 &&
         (steps() == 0 || device_.happened(spans_[request.seat].layers.back().finish));
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
  std::int64_t before = std::numeric_limits<std::int64_t>::min();
  for (std::size_t step = 0; step < steps(); ++step) {
    records_.push_back(record(request, Record::Kind::Layer,
                              static_cast<std::uint32_t>(layers[step]), 0, spans.layers[step],
                              before));
    before = records_.back().finish;
  }
  for (std::size_t i = 0; i < spans.packs.size(); ++i) {
    const CopyOrder& pack = order_.packs[i];
    const bool at_once = !copies_for_others_;
    if (at_once) before = spans.packs[i].queued = records_[first + maker_of_[i]].finish;
    records_.push_back(record(request, Record::Kind::Pack, pack.transfer, pack.leg, spans.packs[i],
                              at_once ? before : std::numeric_limits<std::int64_t>::min()));
  }
  for (std::size_t i = 0; i < spans.unpacks.size(); ++i) {
    const CopyOrder& unpack = order_.unpacks[i];
    if (unpack.in_place || !brings(request, i)) continue;
    records_.push_back(record(request, Record::Kind::Unpack, unpack.transfer, unpack.leg,
                              spans.unpacks[i], std::numeric_limits<std::int64_t>::min()));
  }
}

Record QueuedRunner::record(const Request& request, Record::Kind kind, std::uint32_t what,
                            std::uint32_t leg, const Span& span, std::int64_t not_before) {
  std::int64_t start = device_.time(span.start) - start_;
  std::int64_t finish = device_.time(span.finish) - start_;
  if (finish < start || start < -device_.clock_error()) {
    throw Error(fmt::format("the device's clock went backwards by {} ns",
                            std::max(start - finish, -start)));
  }
  // What the clocks' alignment may be wrong by does not let a layer start before the run.
  start = std::max(start, std::int64_t{0});
  finish = std::max(finish, start);
  // Whatever starts takes time, even where the device's clock ticks too slowly to see it, and what
  // comes after it starts after that.
  if (start < not_before && not_before - start <= device_.clock_error()) start = not_before;
  finish = std::max(finish, start + 1);
  return {kind,   what,           leg, span.queued, start,
          finish, finish - start, 0,   true,        number_in_run(request)};
}

}  // namespace partita::exec
