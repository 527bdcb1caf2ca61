#include "tools/partita/sweep/driver.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <filesystem>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "tools/partita/sweep/owner.h"

namespace partita::command {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using State = PlaceState::State;

constexpr auto kCommitEvery = 100ms;
constexpr std::size_t kCommitAt = 500;      // points
constexpr std::size_t kMostClaimed = 1000;  // at once
constexpr auto kLookElsewhere = 300ms;

std::time_t time_before(double seconds) {
  return std::chrono::system_clock::to_time_t(
      std::chrono::system_clock::now() -
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::duration<double>(seconds)));
}

// Most points begin in the second of the one before.
class Calendar {
 public:
  const std::string& text_of(std::time_t time) {
    if (time != time_) text_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
    time_ = time;
    return text_;
  }

 private:
  std::time_t time_ = -1;
  std::string text_;
};

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) throw Error("an artifact is no base64");
  const auto padding = static_cast<std::size_t>(
      std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

class Driver {
 public:
  Driver(ResultStore& store, const CommandOf& command, const Kept& keep, Engine& engine,
         const DriverOptions& options)
      : store_(store), command_(command), keep_(keep), engine_(engine), options_(options) {}

  void add(std::size_t number, std::int64_t point) {
    if (places_.emplace(point, number).second) queue_.push_back(point);
  }

  std::size_t computed() const { return computed_; }
  const std::unordered_set<std::int64_t>& points() const { return computed_points_; }

  // False: it was interrupted.
  bool run() {
    total_ = queue_.size();
    start_ = beat_ = written_ = Clock::now();
    try {
      while (!is_done()) {
        if (options_.is_interrupted()) break;
        feed();
        take(engine_.wait(engine_.under_way() > 0 ? 50ms : 0ms));
        if (engine_.under_way() == 0 && queue_.empty() && mine_.empty() && !elsewhere_.empty()) {
          std::ignore = engine_.wait(kLookElsewhere);
        }
        beat();
        write(false);
        report();
      }
      write(true);
    } catch (...) {
      rescue();
      throw;
    }
    store_.drop_claims(owner_);
    return is_done();
  }

 private:
  bool is_done() const {
    return queue_.empty() && mine_.empty() && elsewhere_.empty() && engine_.under_way() == 0;
  }

  // What is finished is worth more than the error that ends this; that one tells more than a second
  // one.
  void rescue() {
    try {
      write(true);
      store_.drop_claims(owner_);
    } catch (const Error&) {
    }
  }

  void feed() {
    const std::size_t wanted = engine_.wanted();
    if (mine_.size() < wanted) claim(wanted - mine_.size());
    for (std::size_t i = 0; i < wanted && !mine_.empty(); ++i) {
      const std::int64_t point = mine_.front();
      mine_.pop_front();
      PointCommand command = command_(places_.at(point));
      engine_.submit(point, {.point = command.id,
                             .arguments = command.arguments,
                             .files = command.files,
                             .keep = keep_});
      asked_.emplace(point, std::move(command));
    }
  }

  void claim(std::size_t wanted) {
    if (queue_.empty()) {
      if (elsewhere_.empty() || Clock::now() - looked_ < kLookElsewhere) return;
      queue_.assign(elsewhere_.begin(), elsewhere_.end());
      elsewhere_.clear();
      looked_ = Clock::now();
    }
    // What takes a second or so: claims cost little, and others get their share.
    const auto most =
        std::clamp(static_cast<std::size_t>(per_second()), wanted, std::max(wanted, kMostClaimed));
    std::vector<std::int64_t> points;
    while (!queue_.empty() && points.size() < most) {
      points.push_back(queue_.front());
      queue_.pop_front();
    }
    const auto claimed = store_.claim(points, owner_, options_.lease, options_.retry, is_gone);
    mine_.insert(mine_.end(), claimed.taken.begin(), claimed.taken.end());
    elsewhere_.insert(elsewhere_.end(), claimed.elsewhere.begin(), claimed.elsewhere.end());
    others_ += points.size() - claimed.taken.size() - claimed.elsewhere.size();
  }

  void take(std::vector<FinishedPoint> finished) {
    for (FinishedPoint& each : finished) {
      const auto asked = asked_.find(each.key);
      if (asked == asked_.end()) continue;
      done_.push_back(record_of(each, asked->second));
      if (each.answer.status == Status::Failed && ++failed_ == 1) {
        first_failure_ = done_.back().reason;
      }
      ++computed_;
      computed_points_.insert(each.key);
      asked_.erase(asked);
    }
  }

  PointRecord record_of(FinishedPoint& finished, PointCommand& command) {
    PointAnswer& answer = finished.answer;
    PointRecord record;
    record.point = finished.key;
    record.verb = command.arguments.front();
    record.status = to_string(answer.status);
    record.reason = std::move(answer.reason);
    record.command = std::move(command.command);
    record.configuration = std::move(command.configuration);
    record.seed = command.seed;
    record.seconds = answer.seconds;
    record.started = calendar_.text_of(time_before(answer.seconds));
    record.attempts = finished.attempts;
    record.host = answer.host.is_null() ? options_.program.host : answer.host.dump();
    record.version = options_.program.version;
    record.build = options_.program.build;
    record.results = std::move(answer.result);
    for (const Artifact& each : answer.artifacts) {
      if (each.path.empty()) {
        record.artifacts.push_back({each.name, from_base64(each.base64)});
        continue;
      }
      record.artifacts.push_back({each.name, read_file(each.path)});
      std::error_code ignored;
      std::filesystem::remove(each.path, ignored);
    }
    return record;
  }

  void write(bool all) {
    const auto now = Clock::now();
    if (done_.empty()) written_ = now;
    if (done_.empty() || (!all && done_.size() < kCommitAt && now - written_ < kCommitEvery))
      return;
    store_.record(done_, owner_);
    done_.clear();
    written_ = now;
  }

  void beat() {
    const auto now = Clock::now();
    if (std::chrono::duration<double>(now - beat_).count() < options_.lease / 4) return;
    store_.keep_claims(owner_, options_.lease);
    beat_ = now;
  }

  double per_second() const {
    const double took = std::chrono::duration<double>(Clock::now() - start_).count();
    return took > 0 ? static_cast<double>(computed_) / took : 0;
  }

  void report() {
    options_.progress({total_, computed_ + others_, failed_, per_second(), first_failure_});
  }

  ResultStore& store_;
  const CommandOf& command_;
  const Kept& keep_;
  Engine& engine_;
  const DriverOptions& options_;
  const std::string owner_ = this_owner();
  Calendar calendar_;

  std::unordered_map<std::int64_t, std::size_t> places_;  // one of each point's
  std::deque<std::int64_t> queue_, mine_, elsewhere_;     // points: to claim, claimed, of others
  std::unordered_map<std::int64_t, PointCommand> asked_;
  std::vector<PointRecord> done_;  // not written yet
  std::size_t total_ = 0, computed_ = 0, others_ = 0, failed_ = 0;
  std::string first_failure_;
  std::unordered_set<std::int64_t> computed_points_;
  Clock::time_point start_, beat_, written_, looked_;
};

bool is_in(const DriverOptions& options, std::size_t number) {
  return number % options.shards == options.shard;
}

}  // namespace

SweepOutcome count_places(const std::vector<PlaceState>& places, const DriverOptions& options) {
  SweepOutcome outcome;
  for (std::size_t number = 0; number < places.size(); ++number) {
    if (!is_in(options, number)) continue;
    ++outcome.points;
    outcome.done += places[number].state == State::Done;
    outcome.no += places[number].state == State::No;
    outcome.failed += places[number].state == State::Failed;
    outcome.missing += places[number].state == State::Missing;
  }
  return outcome;
}

SweepOutcome run_sweep(ResultStore& store, std::int64_t sweep, const CommandOf& command,
                       const Kept& keep, Engine& engine, const DriverOptions& options) {
  Driver driver(store, command, keep, engine, options);
  const std::vector<PlaceState> before = store.places(sweep);
  for (std::size_t number = 0; number < before.size(); ++number) {
    const State state = before[number].state;
    if (!is_in(options, number)) continue;
    if (state == State::Missing || (options.retry && state == State::Failed)) {
      driver.add(number, before[number].point);
    }
  }
  const bool finished = driver.run();
  store.make_view(sweep);
  const std::vector<PlaceState> after = store.places(sweep);
  SweepOutcome outcome = count_places(after, options);
  for (std::size_t number = 0; number < after.size(); ++number) {
    if (is_in(options, number) && driver.points().contains(after[number].point)) ++outcome.computed;
  }
  outcome.found = outcome.points - outcome.missing - outcome.computed;
  outcome.was_interrupted = !finished;
  return outcome;
}

}  // namespace partita::command
