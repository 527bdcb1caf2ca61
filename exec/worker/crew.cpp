#include "exec/worker/crew.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <optional>

#include "models/hardware/load_spec.h"

namespace partita::exec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMostRequests = 10'000'000;
// Ahead of the clock when all workers are told to start: enough for the last of them to wake up, and
// for devices that compute by themselves, as they would be while they serve.
constexpr std::int64_t kStartAhead = 200'000, kDevicesStartAhead = 400'000;  // ns
// How long those who wait get to look around: several naps, and many for who has much patience, as
// a worker may share its core.
constexpr std::chrono::milliseconds kLeastListen{250}, kMostListen{1000};
// Who has less patience with runs than that gives workers so long to be ready for one.
constexpr std::chrono::milliseconds kReadyWithin{1000};

}  // namespace

Crew::Crew(const std::vector<WorkerSpec>& specs, std::chrono::milliseconds patience, int hangup)
    : members_(start_members(specs, patience)), patience_(patience), hangup_(hangup) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    Writer content;
    write(content, specs[i]);
    members_[i]->send(Request::Open, content);
  }
  for (Reader& reply : answers()) read(reply, opened_.emplace_back());
  for (std::size_t i = 0; i < specs.size(); ++i) opened_[i].process = members_[i]->process();
}

// The answers of all workers, in order. The first failure of any of them ends the waiting: the
// others may be waiting for it.
//
// Whoever waits here may get its core late: what is there to be read counts even when the patience
// is over, and so does what comes while it listens who hangs.
std::vector<Reader> Crew::answers(std::chrono::milliseconds patience, bool in_run) {
  std::vector<std::optional<Reader>> found(members_.size());
  const auto deadline = Clock::now() + patience;
  std::size_t missing = members_.size();
  while (missing > 0) {
    std::vector<pollfd> waits;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (found[i]) continue;
      waits.push_back({members_[i]->descriptor(), POLLIN, 0});
      who.push_back(i);
    }
    // Only its closing matters now: a coordinator has nothing to say while it waits.
    waits.push_back({hangup_, POLLRDHUP, 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto is_said = [&](int within) { return poll(waits.data(), waits.size(), within); };
    const int ready = is_said(std::max(0, static_cast<int>(left.count())));
    if (ready == 0) {
      if (!in_run) members_[who.front()]->fail_as_hung(patience);
      const auto suspect =
          who_hangs(shared_, members_.size(), who, std::clamp(patience, kLeastListen, kMostListen));
      if (is_said(0) == 0) blame(suspect, who, patience);
      continue;
    }
    for (std::size_t i = 0; ready > 0 && i < who.size(); ++i) {
      if (waits[i].revents == 0) continue;
      found[who[i]] = members_[who[i]]->answer();
      --missing;
    }
    if (ready > 0 && waits.back().revents != 0) throw Hangup("the coordinator has ended");
  }
  std::vector<Reader> all;
  for (std::optional<Reader>& answer : found) all.push_back(std::move(*answer));
  return all;
}

std::vector<std::vector<Gap>> Crew::load(const Writer& model) {
  for (const auto& member : members_) member->send(Request::Load, model);
  std::vector<std::vector<Gap>> gaps;
  for (Reader& reply : answers()) read(reply, gaps.emplace_back());
  // Every worker has checked it.
  names_ = names_in(model);
  return gaps;
}

std::byte* Crew::place(const SharedMemory& memory, std::uint64_t offset, std::size_t bytes) const {
  if (offset > memory.size() || bytes > memory.size() - offset) {
    throw Error("a lowered plan places values outside the memory that it asks for");
  }
  return memory.at(offset);
}

void Crew::write_inputs(const SharedMemory& memory, const std::vector<PlacedValues>& inputs) const {
  for (const PlacedValues& input : inputs) {
    std::copy(input.values.begin(), input.values.end(),
              place(memory, input.offset, input.values.size()));
  }
}

std::vector<Prepared> Crew::prepare(CrewOrder order) {
  const auto fits = [&](const PrepareOrder& one) {
    return one.workers == members_.size() && one.seats == order.orders.front().seats &&
           one.kept == order.orders.front().kept;
  };
  const auto of_the_same_memory = [&](const PrepareOrder& one) {
    return one.shared_bytes == order.shared_bytes && one.weight_bytes == order.weight_bytes;
  };
  if (order.orders.empty() || order.orders.size() != members_.size() ||
      !std::all_of(order.orders.begin(), order.orders.end(), fits)) {
    throw Error("a lowered plan for another number of workers");
  }
  // Before memory for all of them is asked for.
  const std::uint32_t seats = order.orders.front().seats;
  if (seats == 0 || seats > kMostSeats) {
    throw Error(fmt::format("a lowered plan has seats for {} requests at once: it must be 1 to {}",
                            seats, kMostSeats));
  }
  if (!std::all_of(order.orders.begin(), order.orders.end(), of_the_same_memory)) {
    throw Error("a lowered plan is damaged: its workers share memories of different sizes");
  }
  SharedMemory weights;
  if (order.weight_bytes > 0) {
    weights = SharedMemory(order.weight_bytes);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Writer content;
      content.put(order.weight_bytes);
      content.put(order.gives[i]);
      members_[i]->send(Request::Give, content, {weights.descriptor()});
    }
    answers();
  }
  make_arenas(order.orders);
  SharedMemory memory(order.shared_bytes);
  write_inputs(memory, order.inputs);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Writer content;
    write(content, order.orders[i]);
    std::vector<int> descriptors{memory.descriptor()};
    if (!order.orders[i].weights.empty()) descriptors.push_back(weights.descriptor());
    members_[i]->send(Request::Prepare, content, descriptors);
  }
  std::vector<Prepared> prepared;
  for (Reader& reply : answers()) read(reply, prepared.emplace_back());
  shared_ = std::move(memory);
  seats_ = seats;
  kept_ = order.orders.front().kept;
  return prepared;
}

// The owners' memory goes only when nobody reaches it any more, hence in two steps.
void Crew::make_arenas(std::vector<PrepareOrder>& orders) {
  for (const auto& member : members_) member->send(Request::Leave, {});
  answers();
  std::vector<std::uint64_t> bytes(members_.size());
  for (const PrepareOrder& order : orders) {
    for (const ArenaOrder& arena : order.arenas) {
      if (arena.owner >= members_.size()) {
        throw Error("a lowered plan uses memory of a worker that there is not");
      }
      std::uint64_t whole = 0;
      if (__builtin_mul_overflow(arena.seat_bytes, order.seats, &whole)) {
        throw Error(
            fmt::format("a lowered plan wants {} B of worker '{}' for each of {} requests: "
                        "more than there can be",
                        arena.seat_bytes, members_[arena.owner]->name(), order.seats));
      }
      bytes[arena.owner] = std::max(bytes[arena.owner], whole);
    }
  }
  std::vector<partita_handle> handles(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (bytes[i] == 0) continue;
    Writer content;
    content.put(bytes[i]);
    members_[i]->send(Request::Share, content);
    handles[i] = members_[i]->answer().get<partita_handle>();
  }
  for (PrepareOrder& order : orders) {
    for (ArenaOrder& arena : order.arenas) arena.handle = handles[arena.owner];
  }
}

void Crew::set_inputs(const std::vector<PlacedValues>& inputs) {
  write_inputs(shared_, inputs);
  for (const auto& member : members_) member->send(Request::Refill, {});
  answers();
}

std::vector<Ran> Crew::run(const RunOrder& order) {
  if (order.count == 0 || order.count > kMostRequests ||
      (order.keep_results && order.count > kept_) ||
      (!order.arrivals.empty() && order.arrivals.size() != order.count) || order.patience_ms < 0) {
    throw Error("a run of requests that are none");
  }
  if (!order.slowdowns.empty() &&
      (order.slowdowns.size() != members_.size() ||
       !std::all_of(order.slowdowns.begin(), order.slowdowns.end(),
                    [](double each) { return each >= 1 && each <= kMostSlowdown; }))) {
    throw Error("a run of workers that are slowed down by what is no slowdown");
  }
  const auto patience =
      order.patience_ms > 0 ? std::chrono::milliseconds(order.patience_ms) : patience_;
  Writer content;
  write(content, order);
  for (const auto& member : members_) member->send(Request::Run, content);
  answers(std::max(patience, kReadyWithin), false);
  auto& control = shared_.as<RunControl>(0);
  const bool devices = std::any_of(opened_.begin(), opened_.end(),
                                   [](const Opened& each) { return !each.synchronous; });
  control.start.store(now_ns() + (devices ? kDevicesStartAhead : kStartAhead),
                      std::memory_order_relaxed);
  control.next.store(order.first + std::min(seats_, order.count), std::memory_order_relaxed);
  for (std::uint32_t seat = 0; seat < seats_; ++seat) {
    auto& state =
        shared_.as<SeatState>(seat_offset(static_cast<std::uint32_t>(members_.size()), seat));
    state.request.store(seat < order.count ? order.first + seat : 0, std::memory_order_relaxed);
    state.finished.store(0, std::memory_order_relaxed);
  }
  control.go.store(order.number, std::memory_order_release);
  futex_wake_all(control.go);
  std::vector<Ran> all;
  for (Reader& reply : answers(patience, true)) read(reply, all.emplace_back());
  return all;
}

// In the middle of a run those who wait for the one that hangs do not answer either.
void Crew::blame(const std::optional<Suspect>& suspect, const std::vector<std::size_t>& missing,
                 std::chrono::milliseconds patience) const {
  if (suspect) members_[suspect->worker]->fail_as_hung(patience, in_words(*suspect, names_));
  std::vector<std::string> waiting;
  for (const std::size_t i : missing) waiting.push_back("'" + members_[i]->name() + "'");
  throw Error(fmt::format("workers {} have waited for each other, or for requests, for {} ms",
                          fmt::join(waiting, ", "), patience.count()));
}

void Crew::results(std::vector<PlacedValues>& values) {
  for (const auto& member : members_) member->send(Request::Results, {});
  answers();
  for (PlacedValues& one : values) {
    const std::byte* from = place(shared_, one.offset, one.values.size());
    std::copy_n(from, one.values.size(), one.values.begin());
  }
}

}  // namespace partita::exec
