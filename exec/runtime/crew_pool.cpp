#include "exec/runtime/crew_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "models/base/assert.h"

namespace partita::exec {

bool is_same(const CrewKey& a, const CrewKey& b) {
  return a.variant == b.variant && (a.plan == b.plan || is_same(*a.plan, *b.plan));
}

CrewPool::CrewPool(const RealSite& site, CrewSettings settings, std::size_t spare,
                   Mailbox<CrewNews>& news)
    : site_(site), settings_(std::move(settings)), spare_(spare), news_(news) {}

const CrewPool::Entry* CrewPool::find(const CrewKey& key) const {
  for (const auto& [number, entry] : crews_) {
    if (entry.state != State::Ending && is_same(entry.key, key)) return &entry;
  }
  return nullptr;
}

bool CrewPool::is_ready(const CrewKey& key) const {
  const Entry* entry = find(key);
  return entry != nullptr && entry->state != State::Making;
}

bool CrewPool::is_idle(const CrewKey& key) const {
  const Entry* entry = find(key);
  return entry != nullptr && entry->state == State::Idle;
}

void CrewPool::run(const CrewKey& key, CrewRun run) {
  PARTITA_ASSERT(is_idle(key), "a crew runs one request at a time");
  Entry& entry = crews_.at(find(key)->crew->number());
  entry.state = State::Running;
  entry.used = ++uses_;
  entry.crew->run(std::move(run));
}

void CrewPool::want(const std::vector<CrewKey>& keys, std::size_t urgent) {
  std::vector<bool> wanted(next_);  // by number
  for (const CrewKey& key : keys) {
    if (const Entry* entry = find(key)) wanted[entry->crew->number()] = true;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Entry* entry = find(keys[i]);
    if (entry != nullptr && entry->state != State::Making) continue;
    if (entry == nullptr && !(i < urgent && make_of_spare(keys[i], wanted))) make(keys[i]);
    break;
  }
  std::vector<Entry*> others;
  for (auto& [number, entry] : crews_) {
    if (number >= wanted.size() || wanted[number]) continue;
    const bool making = entry.state == State::Making &&
                        std::none_of(keys.begin(), keys.end(), [&entry = entry](const auto& key) {
                          return is_same(key, entry.key);
                        });
    if (making) {
      entry.state = State::Ending;
      entry.crew->end();
    } else if (entry.state == State::Idle) {
      others.push_back(&entry);
    }
  }
  if (others.size() <= spare_) return;
  std::sort(others.begin(), others.end(),
            [](const Entry* a, const Entry* b) { return a->used > b->used; });
  for (auto entry = others.begin() + static_cast<std::ptrdiff_t>(spare_); entry != others.end();
       ++entry) {
    (*entry)->state = State::Ending;
    (*entry)->crew->end();
  }
}

void CrewPool::make(const CrewKey& key) {
  Entry entry;
  entry.key = key;
  entry.used = ++uses_;
  entry.crew = std::make_unique<RunningCrew>(next_, *site_.networks.at(key.variant),
                                             site_.answers.at(key.variant), site_.hardware,
                                             key.plan, settings_, news_);
  crews_.emplace(next_++, std::move(entry));
}

bool CrewPool::make_of_spare(const CrewKey& key, const std::vector<bool>& wanted) {
  const std::vector<ProcessorId> needed = processors_with_layers(*key.plan);
  for (auto& [number, entry] : crews_) {
    const std::vector<ProcessorId>& has = entry.crew->part().in_whole;
    if (wanted[number] || entry.state != State::Idle || entry.key.variant != key.variant ||
        !std::includes(has.begin(), has.end(), needed.begin(), needed.end())) {
      continue;
    }
    entry.key = key;
    entry.state = State::Making;
    entry.used = ++uses_;
    entry.crew->prepare(key.plan);
    return true;
  }
  return false;
}

void CrewPool::note_processes(Entry& entry) {
  if (entry.noted) return;
  const std::vector<CrewWorker> workers = entry.crew->workers();
  if (workers.empty()) return;
  entry.noted = true;
  for (const CrewWorker& worker : workers) started_.push_back(worker.process);
  if (const auto leader = entry.crew->leader()) started_.push_back(leader);
}

CrewKey CrewPool::note(const CrewNews& news) {
  const auto found = crews_.find(news.crew);
  PARTITA_ASSERT(found != crews_.end(), "nobody tells of a crew that is gone");
  Entry& entry = found->second;
  const CrewKey key = entry.key;
  if (std::holds_alternative<CrewNews::Ended>(news.what)) {
    crews_.erase(found);
  } else if (std::holds_alternative<CrewNews::Broken>(news.what)) {
    entry.state = State::Ending;
  } else {
    note_processes(entry);
    entry.state = State::Idle;
  }
  return key;
}

bool CrewPool::ends_if_halted(const Process& process, std::chrono::steady_clock::time_point now) {
  if (!process.is_halted()) {
    halted_since_.erase(process.number());
    return false;
  }
  const auto since = halted_since_.try_emplace(process.number(), now).first->second;
  if (now - since < settings_.halted_patience) return false;
  halted_since_.erase(process.number());
  process.signal(SIGKILL);
  return true;
}

std::optional<CrewNews::Broken> CrewPool::whats_wrong(const Entry& entry,
                                                      std::chrono::steady_clock::time_point now) {
  using Kind = WorkerFailure::Kind;
  const auto broken = [&](std::optional<ProcessorId> who, const Process& process, bool halted) {
    const std::string name =
        who ? fmt::format("worker '{}'", site_.hardware.processors()[*who].name) : "the leader";
    return CrewNews::Broken{who, halted ? Kind::Hung : Kind::Died,
                            fmt::format("{} (process {}) {}", name, process.number(),
                                        halted ? "was halted" : "has ended"),
                            nullptr, std::nullopt};
  };
  // All who are halted before any who has ended: the leader may wait for the one after it has heard
  // from the other.
  const auto leader = entry.crew->leader();
  if (leader && ends_if_halted(*leader, now)) return broken(std::nullopt, *leader, true);
  const std::vector<CrewWorker> workers = entry.crew->workers();
  const CrewWorker* halted = nullptr;
  const CrewWorker* ended = nullptr;
  for (const CrewWorker& worker : workers) {
    if (ends_if_halted(*worker.process, now)) halted = &worker;
    if (worker.process->has_ended()) ended = &worker;
  }
  if (halted != nullptr) return broken(halted->processor, *halted->process, true);
  // Workers end with it, so it is looked at after them.
  if (leader && leader->has_ended()) return broken(std::nullopt, *leader, false);
  if (ended != nullptr) return broken(ended->processor, *ended->process, false);
  return std::nullopt;
}

std::vector<CrewNews> CrewPool::watch(std::chrono::steady_clock::time_point now) {
  std::vector<CrewNews> found;
  for (auto& [number, entry] : crews_) {
    if (entry.state == State::Ending) continue;
    note_processes(entry);
    auto wrong = whats_wrong(entry, now);
    // Who is at work tells of it itself.
    if (!wrong || entry.state != State::Idle) continue;
    entry.state = State::Ending;
    entry.crew->end();
    found.push_back({number, std::move(*wrong)});
  }
  return found;
}

std::vector<CrewWorker> CrewPool::workers() const {
  std::vector<CrewWorker> all;
  for (const auto& [number, entry] : crews_) {
    for (CrewWorker& worker : entry.crew->workers()) all.push_back(std::move(worker));
  }
  return all;
}

}  // namespace partita::exec
