#include "tools/partita/sweep/dask_engine.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "models/base/diagnostics.h"
#include "tools/partita/python.h"
#include "tools/partita/sweep/program.h"

namespace partita::command {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr double kAhead = 5;                         // s of work that the cluster should know of
constexpr std::size_t kLeast = 256, kMost = 20'000;  // points
constexpr auto kPatience = 15s;

std::vector<std::string> words_of(const DaskOptions& options) {
  std::vector<std::string> words = python_command("cluster/dask_bridge.py");
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  words.insert(words.end(),
               {"--program", program, "--version", program_version(), "--files", options.files});
  if (options.scheduler.empty()) {
    words.insert(words.end(), {"--workers", std::to_string(options.workers)});
  } else {
    words.insert(words.end(), {"--scheduler", options.scheduler});
  }
  return words;
}

}  // namespace

DaskEngine::DaskEngine(DaskOptions options)
    : options_(std::move(options)), bridge_(words_of(options_)), most_(kLeast) {}

DaskEngine::~DaskEngine() {
  bridge_.close_input();
  // Answers that nobody waits for any more (Ctrl-C) are not worth waiting for.
  if (!asked_.empty() && !bridge_.has_ended()) ::kill(bridge_.pid(), SIGTERM);
  for (const auto until = Clock::now() + kPatience; !bridge_.has_ended() && Clock::now() < until;) {
    pollfd file{bridge_.out(), POLLIN, 0};
    poll(&file, 1, 100);
    bridge_.receive();
  }
}

std::size_t DaskEngine::wanted() const { return asked_.size() < most_ ? most_ - asked_.size() : 0; }

void DaskEngine::submit(std::int64_t key, PointQuestion question) {
  question.memory_limit = options_.limits.memory;
  if (options_.limits.time) {
    question.time_limit = std::chrono::duration<double>(*options_.limits.time).count();
  }
  bridge_.send(to_line(question));
  asked_.emplace(question.point, key);
}

std::vector<FinishedPoint> DaskEngine::wait(std::chrono::milliseconds at_most) {
  bridge_.flush();
  std::vector<pollfd> files{{bridge_.out(), POLLIN, 0}};
  if (bridge_.has_unsent()) files.push_back({bridge_.in(), POLLOUT, 0});
  poll(files.data(), files.size(), static_cast<int>(at_most.count()));
  bridge_.flush();
  std::vector<FinishedPoint> finished;
  for (const std::string& line : bridge_.receive()) {
    PointAnswer answer = read_answer(line);
    const auto asked = asked_.find(answer.point);
    if (asked == asked_.end()) continue;
    const std::int64_t key = asked->second;
    asked_.erase(asked);
    ++answered_;
    finished.push_back({key, std::move(answer), 1});
  }
  const double took = std::chrono::duration<double>(Clock::now() - start_).count();
  most_ = std::clamp(static_cast<std::size_t>(kAhead * static_cast<double>(answered_) / took),
                     kLeast, kMost);
  if (bridge_.has_ended() && finished.empty()) {
    const WorkerProcess::End end = bridge_.end();
    throw Error(
        fmt::format("the dask cluster is lost ({}, see above): what came back is kept, "
                    "--resume goes on",
                    end.in_words));
  }
  return finished;
}

}  // namespace partita::command
