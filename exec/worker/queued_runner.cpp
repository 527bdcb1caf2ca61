#include "exec/worker/queued_runner.h"

#include <immintrin.h>

#include <algorithm>

namespace partita::exec {

QueuedRunner::QueuedRunner(Device& device, Program& program, const SharedMemory& shared,
                           const PrepareOrder& order)
    : Runner(device, program, shared, order),
      maker_of_(packs_.size()),
      out_before_(program.steps()) {
  for (std::size_t step = 0; step < program.steps(); ++step) {
    layer_spans_.push_back(make_span());
    for (const std::size_t pack : packs_after_[step]) maker_of_[pack] = step;
  }
  for (std::size_t pack = 0; pack < packs_.size(); ++pack) {
    pack_spans_.push_back(make_span());
    const std::size_t step = program.overwritten_at(packs_[pack].order.tensor);
    if (step < program.steps()) out_before_[step].push_back(pack);
  }
  for (std::size_t i = 0; i < unpacks_.size(); ++i) unpack_spans_.push_back(make_span());
}

void QueuedRunner::work() {
  unpack_queued_.assign(unpacks_.size(), false);
  in_flight_.clear();
  std::size_t step = 0;
  while (step < program_.steps() || !due_.empty() || !in_flight_.empty()) {
    serve_all();
    bool progress = announce_finished();
    if (step < program_.steps() && queued(step)) {
      launch(step++);
      progress = true;
    }
    if (progress || !due_.empty()) continue;
    if (in_flight_.empty()) {
      wait_for_arrival();
    } else {
      _mm_pause();
    }
  }
  device_.synchronize();
  collect();
}

bool QueuedRunner::queued(std::size_t step) const {
  return std::all_of(needed_by_[step].begin(), needed_by_[step].end(),
                     [this](std::size_t copy) { return unpack_queued_[copy]; });
}

void QueuedRunner::serve(const Due& due) {
  Copy& copy = (due.pack ? packs_ : unpacks_)[due.copy];
  Span& span = (due.pack ? pack_spans_ : unpack_spans_)[due.copy];
  const partita_queue queue = due.pack ? PARTITA_COPY_OUT : PARTITA_COPY_IN;
  span.queued = due.queued;
  if (due.pack) device_.wait(layer_spans_[maker_of_[due.copy]].finish, queue);
  device_.record(span.start, queue);
  copy.relayout.run(queue);
  device_.record(span.finish, queue);
  if (due.pack) {
    in_flight_.push_back(due.copy);
  } else {
    unpack_queued_[due.copy] = true;
  }
}

void QueuedRunner::launch(std::size_t step) {
  for (const std::size_t copy : needed_by_[step]) {
    device_.wait(unpack_spans_[copy].finish, PARTITA_COMPUTE);
  }
  for (const std::size_t pack : out_before_[step]) {
    device_.wait(pack_spans_[pack].finish, PARTITA_COMPUTE);
  }
  device_.record(layer_spans_[step].start, PARTITA_COMPUTE);
  program_.run(step);
  device_.record(layer_spans_[step].finish, PARTITA_COMPUTE);
  // Its end is not known yet; what counts among copies out is their order.
  for (const std::size_t pack : packs_after_[step]) {
    queue({static_cast<std::int64_t>(step), packs_[pack].order.transfer, pack, true});
  }
}

bool QueuedRunner::announce_finished() {
  std::size_t done = 0;
  while (done < in_flight_.size() && device_.happened(pack_spans_[in_flight_[done]].finish)) {
    announce(packs_[in_flight_[done]].order);
    ++done;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(done));
  return done > 0;
}

// What the device's clock says of all that has happened.
void QueuedRunner::collect() {
  for (std::size_t step = 0; step < program_.steps(); ++step) {
    const auto layer = static_cast<std::uint32_t>(program_.part().order[step]);
    records_.push_back(record(Record::Kind::Layer, layer, 0, layer_spans_[step]));
  }
  for (std::size_t pack = 0; pack < packs_.size(); ++pack) {
    const CopyOrder& order = packs_[pack].order;
    pack_spans_[pack].queued = records_[maker_of_[pack]].finish;
    records_.push_back(record(Record::Kind::Pack, order.transfer, order.leg, pack_spans_[pack]));
  }
  for (std::size_t i = 0; i < unpacks_.size(); ++i) {
    const CopyOrder& order = unpacks_[i].order;
    records_.push_back(record(Record::Kind::Unpack, order.transfer, order.leg, unpack_spans_[i]));
  }
}

Record QueuedRunner::record(Record::Kind kind, std::uint32_t what, std::uint32_t leg,
                            const Span& span) {
  const std::int64_t start = device_.time(span.start) - start_;
  // Whatever starts takes time, even where the device's clock ticks too slowly to see it.
  const std::int64_t finish = std::max(device_.time(span.finish) - start_, start + 1);
  return {kind, what, leg, span.queued, start, finish, finish - start, 0, true};
}

}  // namespace partita::exec
