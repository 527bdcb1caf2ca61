#include "tools/partita/sweep/evaluate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "models/base/units.h"
#include "tools/partita/command_line.h"
#include "tools/partita/inputs.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/sweep/input_folder.h"
#include "tools/partita/sweep/lines.h"

namespace partita::command {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

bool ran_out = false;

void note_exhaustion() {
  ran_out = true;
  throw std::bad_alloc();
}

// Nothing that is allocated while one lives makes the process larger than this. (RLIMIT_DATA counts
// what is private and may be written, whether or not it is in use: RLIMIT_AS would count libraries.)
class MemoryLimit {
 public:
  explicit MemoryLimit(std::int64_t bytes)
      : is_set_(bytes > 0 && getrlimit(RLIMIT_DATA, &old_) == 0) {
    ran_out = false;
    std::set_new_handler(note_exhaustion);
    if (!is_set_) return;
    rlimit limit = old_;
    limit.rlim_cur = std::min(static_cast<rlim_t>(bytes), old_.rlim_max);
    setrlimit(RLIMIT_DATA, &limit);
  }
  ~MemoryLimit() {
    if (is_set_) setrlimit(RLIMIT_DATA, &old_);
    std::set_new_handler(nullptr);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit old_{};
  bool is_set_;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end != 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// SystemC takes packets only where no other simulation ran before (sim/simulate.h).
bool needs_new_process(const PointQuestion& question) {
  const auto& words = question.arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "packet" && words[i - 1] == "--fidelity") return true;
  }
  return false;
}

// What verbs end with where they were asked for --json; null where they did not get so far.
Json last_line(const std::vector<std::string_view>& lines) {
  if (lines.empty() || lines.back().front() != '{') return nullptr;
  Json json = Json::parse(lines.back(), nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? std::move(json) : Json();
}

// The last line that is no detail of another one.
std::string last_words(const std::vector<std::string_view>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->front() != ' ' && line->front() != '{') return std::string(*line);
  }
  return {};
}

// Keys of a verb's line that say why there is no answer.
constexpr std::array kReasons{"reason", "infeasible"};

std::string why_not(const Json& result, const std::vector<std::string_view>& lines) {
  for (const char* key : kReasons) {
    const auto found = result.find(key);
    if (found != result.end() && found->is_string()) return found->get<std::string>();
  }
  return last_words(lines);
}

std::string mistakes_in(std::string_view printed) {
  std::string text;
  for (std::string_view line : lines_of(printed)) {
    if (line.starts_with("warning:") || line.starts_with("  see: ")) continue;
    text += fmt::format("{}{}", text.empty() ? "" : "; ", line);
  }
  constexpr std::size_t kMost = 2000;
  if (text.size() > kMost) text = text.substr(0, kMost) + " ...";
  return text;
}

// Whether only some of what lies at or under `path` is wanted.
bool is_narrowed(const std::string& path, const std::vector<std::string>& columns) {
  return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
    return column.size() > path.size() && column.starts_with(path) && column[path.size()] == '.';
  });
}

void add_flat(const std::string& path, const Json& value, Json& result) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      add_flat(path.empty() ? key : path + "." + key, inner, result);
    }
  } else if (!value.is_array()) {
    result[path] = value;
  }
}

// The value that a path leads to; nullptr: it leads nowhere. Keys may have dots in them.
const Json* at(const Json& nested, std::string_view path) {
  if (path.empty()) return &nested;
  if (nested.is_array()) {
    const auto dot = path.find('.');
    std::size_t place = 0;
    for (const char digit : path.substr(0, dot)) {
      if (digit < '0' || digit > '9' || place > nested.size()) return nullptr;
      place = 10 * place + static_cast<std::size_t>(digit - '0');
    }
    if (place >= nested.size()) return nullptr;
    return at(nested[place], dot == std::string_view::npos ? "" : path.substr(dot + 1));
  }
  if (!nested.is_object()) return nullptr;
  for (auto dot = path.find('.');; dot = path.find('.', dot + 1)) {
    const auto inner = nested.find(std::string(path.substr(0, dot)));
    if (inner != nested.end()) {
      const auto rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
      if (const Json* found = at(*inner, rest)) return found;
    }
    if (dot == std::string_view::npos) return nullptr;
  }
}

}  // namespace

Json flat(const Json& nested, const std::vector<std::string>& columns) {
  Json result = Json::object();
  for (const auto& [key, value] : nested.items()) {
    if (!is_narrowed(key, columns)) add_flat(key, value, result);
  }
  for (const std::string& path : columns) {
    const Json* value = at(nested, path);
    if (value == nullptr) continue;
    if (value->is_array() && std::all_of(value->begin(), value->end(),
                                         [](const Json& each) { return each.is_primitive(); })) {
      result[path] = value->dump();
    } else {
      add_flat(path, *value, result);
    }
  }
  return result;
}

PointEvaluator::PointEvaluator(Console& console, std::string files)
    : console_(console), capture_(console), files_(std::move(files)) {
  remember_inputs(true);
}

PointEvaluator::~PointEvaluator() {
  remember_inputs(false);
  want_all();
}

std::vector<std::string> PointEvaluator::words_of(const PointQuestion& question,
                                                  std::vector<Artifact>& artifacts) {
  std::vector<std::string> words;
  words.reserve(question.arguments.size() + 2 * question.keep.files.size());
  for (const std::string& argument : question.arguments) {
    words.push_back(with_folder(argument, files_));
  }
  for (const std::string& option : question.keep.files) {
    const auto folder = files_.empty() ? temporary_folder() : std::filesystem::path(files_);
    const auto path = folder / fmt::format("partita-artifact-{}-{}", getpid(), artifacts_++);
    words.push_back("--" + option);
    words.push_back(path.string());
    artifacts.push_back({option, path.string(), ""});
  }
  return words;
}

void PointEvaluator::explain(int code, const PointQuestion& question, PointAnswer& answer) const {
  const auto [out, err] = console_.text();
  const std::vector<std::string_view> lines = lines_of(out);
  const Json last = last_line(lines);
  if (code == kDone || code == kNo) {
    answer.status = code == kDone ? Status::Done : Status::No;
    Json result = flat(last, question.keep.columns);
    if (code == kNo) answer.reason = why_not(result, lines);
    for (const char* key : kReasons) result.erase(key);
    answer.result = cells_of(result);
    if (code == kNo || !last.is_null()) return;
    answer.reason = "it printed no line of JSON";
  }
  answer.status = Status::Failed;
  answer.result.clear();
  if (answer.reason.empty()) answer.reason = without_folders(mistakes_in(err), files_);
  if (answer.reason.empty()) answer.reason = last_words(lines);
  if (answer.reason.empty()) answer.reason = fmt::format("exit code {}", code);
}

PointAnswer PointEvaluator::evaluate(const PointQuestion& question) {
  if (needs_new_process(question) && !forks_) {
    if (has_evaluated_) {
      PointAnswer elsewhere;
      elsewhere.point = question.point;
      elsewhere.status = Status::Failed;
      elsewhere.reason = "needs a process of its own";
      elsewhere.is_exhausted = true;
      return elsewhere;
    }
    forks_ = true;
  }
  if (forks_) return evaluate_apart(question);
  has_evaluated_ = true;
  return evaluate_here(question);
}

PointAnswer PointEvaluator::evaluate_apart(const PointQuestion& question) {
  load_inputs_of(question);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error("cannot make a pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw Error(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    write_all(ends[1], to_line(evaluate_here(question)) + "\n");
    _exit(0);
  }
  close(ends[1]);
  const auto line = LineReader(ends[0]).next();
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (line) return read_answer(*line);
  // Whoever watches this process is to see what became of the point.
  if (WIFSIGNALED(status)) {
    std::signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  throw Error("a process that evaluates a point ended without an answer");
}

// So that processes that are forked for single points need not.
void PointEvaluator::load_inputs_of(const PointQuestion& question) {
  PointQuestion to_read = question;
  to_read.keep.files.clear();
  std::vector<Artifact> none;
  const std::vector<std::string> words = words_of(to_read, none);
  const bool leaves_threads = std::find(words.begin(), words.end(), "--learned") != words.end();
  const Command* verb = words.empty() ? nullptr : command_named(words.front());
  if (verb == nullptr || leaves_threads) return;
  want_only_input(true);
  try {
    guarded([&] { return CommandLine(*verb).run(words); });
  } catch (const OnlyInput&) {
  }
  want_only_input(false);
}

PointAnswer PointEvaluator::evaluate_here(const PointQuestion& question) {
  PointAnswer answer;
  answer.point = question.point;
  std::vector<Artifact> artifacts;
  const auto start = Clock::now();
  try {
    console_.clear();
    want_only(question.keep.columns);
    const std::vector<std::string> words = words_of(question, artifacts);
    int code = kBadInput;
    {
      const MemoryLimit limit(question.memory_limit);
      code = guarded([&] {
        const Command* verb = words.empty() ? nullptr : command_named(words.front());
        if (verb == nullptr) throw ConfigError({"arguments", 0, 0}, "there is no such verb");
        return CommandLine(*verb).run(words);
      });
      answer.is_exhausted = ran_out;
    }
    answer.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::fflush(stdout);
    std::fflush(stderr);
    if (answer.is_exhausted) {
      answer.status = Status::Failed;
      answer.reason =
          question.memory_limit > 0
              ? fmt::format("needed more than {}", exact_text(Bytes{question.memory_limit}))
              : "out of memory";
    } else {
      explain(code, question, answer);
    }
  } catch (const std::exception& error) {
    answer.status = Status::Failed;
    answer.reason = error.what();
  }
  for (const Artifact& each : artifacts) {
    std::error_code ignored;
    if (!std::filesystem::exists(each.path, ignored)) continue;
    if (answer.status == Status::Failed) {
      std::filesystem::remove(each.path, ignored);
    } else {
      answer.artifacts.push_back(each);
    }
  }
  return answer;
}

}  // namespace partita::command
