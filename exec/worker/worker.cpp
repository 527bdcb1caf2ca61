#include "exec/worker/worker.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "exec/worker/core_clock.h"
#include "exec/worker/order_seen.h"
#include "exec/worker/validity.h"

namespace partita::exec {
namespace {

// The leader tells of a worker's answer in what it asks of others.
const char kThroughTheLeader = 0;

}  // namespace

void Worker::serve() {
  try {
    while (true) {
      Message message = channel_.receive();
      note_acquire(&kThroughTheLeader);
      try {
        const Writer content = answer(static_cast<Request>(message.kind), message);
        note_release(&kThroughTheLeader);
        channel_.send(static_cast<std::uint32_t>(Reply::Done), content);
      } catch (const Hangup&) {
        throw;
      } catch (const std::exception& e) {
        Writer reason;
        reason.put(std::string(e.what()));
        channel_.send(static_cast<std::uint32_t>(Reply::Failed), reason);
      }
    }
  } catch (const Hangup&) {
    return;
  }
}

Writer Worker::answer(Request request, Message& message) {
  switch (request) {
    case Request::Open: return open(message.content);
    case Request::Load: return load(message.content);
    case Request::Give: give(message); return {};
    case Request::Leave: leave(); return {};
    case Request::Share: return share(message.content);
    case Request::Prepare: return prepare(message);
    case Request::Refill: runner().fill_inputs(); return {};
    case Request::Run: return run(message.content);
    case Request::Results: runner().write_results(); return {};
  }
  throw Error("a request that this worker does not know");
}

Writer Worker::open(Reader& in) {
  WorkerSpec spec;
  read(in, spec);
  if (spec.core >= 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(spec.core), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) {
      throw Error(fmt::format("cannot run on core {}", spec.core));
    }
  }
  const auto plugin = Plugin::load(spec.plugin);
  const auto processors = plugin->processors(spec.options);
  device_ = std::make_unique<Device>(plugin, spec.device, spec.options);
  Opened opened;
  opened.computes = plugin->computes();
  opened.description = processors.at(spec.device).description;
  opened.memory = device_->memory();
  opened.synchronous = device_->synchronous();
  opened.memory_space = device_->memory_space();
  Writer out;
  write(out, opened);
  return out;
}

Writer Worker::load(Reader& in) {
  leave();
  programs_.clear();
  model_ = std::make_unique<Model>();
  read(in, *model_);
  check(*model_);
  weights_ = std::make_shared<WeightStore>(*device_, *model_);
  programs_.push_back(std::make_unique<Program>(*device_, *model_, weights_));
  std::vector<Gap> gaps;
  for (const LayerId layer : ids<LayerId>(model_->layers.size())) {
    const std::string reason = device_->gap(model_->layers[layer], model_->tensors);
    if (!reason.empty()) gaps.push_back({layer, reason});
  }
  Writer out;
  write(out, gaps);
  return out;
}

void Worker::give(Message& message) {
  const auto bytes = message.content.get<std::uint64_t>();
  const SharedMemory memory(std::move(message.descriptors.at(0)), bytes);
  const auto given = message.content.get<std::vector<Placed>>();
  if (!model_) throw Error("weights are asked for before the network has come");
  check(given, bytes, *model_);
  for (const Placed& weight : given) {
    if (!weights_->holds(weight.tensor)) throw Error("a weight is asked for that is not here");
    weights_->give(weight.tensor, memory.at(weight.offset));
  }
}

void Worker::leave() {
  runner_.reset();
  arenas_.leave();
}

Writer Worker::share(Reader& in) {
  arena_ = {};
  arena_ = device_->allocate_shared(in.get<std::uint64_t>());
  Writer out;
  out.put(arena_.handle);
  return out;
}

std::vector<Outside> Worker::outside(const PrepareOrder& order, std::size_t seat) const {
  std::vector<Outside> all;
  for (const OutsideOrder& each : order.outside) {
    all.push_back({each.tensor, each.arena == kNobody
                                    ? shared_.at(each.data + seat * order.seat_bytes)
                                    : arenas_.at(each.arena, seat, each.data)});
  }
  return all;
}

Writer Worker::prepare(Message& message) {
  PrepareOrder order;
  read(message.content, order);
  if (!model_) throw Error("a plan came before its network");
  check(order, *model_);
  runner_.reset();
  shared_ = SharedMemory(std::move(message.descriptors.at(0)), order.shared_bytes);
  if (!order.weights.empty()) {
    const SharedMemory memory(std::move(message.descriptors.at(1)), order.weight_bytes);
    for (const Placed& weight : order.weights) {
      weights_->take(weight.tensor, memory.at(weight.offset));
    }
  }
  arenas_.enter(*device_, order, arena_.memory.data());
  programs_.resize(std::min<std::size_t>(programs_.size(), order.seats));
  while (programs_.size() < order.seats) {
    programs_.push_back(std::make_unique<Program>(*device_, *model_, weights_));
  }
  std::uint64_t activation_bytes = 0;
  for (std::size_t seat = 0; seat < programs_.size(); ++seat) {
    programs_[seat]->prepare(order.part, outside(order, seat));
    activation_bytes += programs_[seat]->activation_bytes();
  }
  runner_ = make_runner(*device_, programs_, shared_, arenas_, order);
  runner_->fill_inputs();
  const Program& first = *programs_.front();
  const Prepared prepared{first.reports(), weights_->held(), weights_->bytes(), activation_bytes,
                          first.kernels_kept()};
  Writer out;
  write(out, prepared);
  return out;
}

Runner& Worker::runner() {
  if (!runner_) throw Error("a run, or its values, came before its plan");
  return *runner_;
}

Writer Worker::run(Reader& in) {
  RunOrder order;
  read(in, order);
  const auto chain = [this] { return device_->synchronous() ? chain_time() : 0; };
  runner().forget_weights();
  runner().make_ready();
  const std::int64_t before = chain();
  note_release(&kThroughTheLeader);
  channel_.send(static_cast<std::uint32_t>(Reply::Done), {});
  Ran ran = runner_->run(order);
  ran.chain_before = before;
  ran.chain_after = chain();
  ran.clock_error = device_->clock_error();
  ran.counters = device_->counters();
  Writer out;
  write(out, ran);
  return out;
}

}  // namespace partita::exec
