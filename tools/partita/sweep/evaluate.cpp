#include "tools/partita/sweep/evaluate.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <new>
#include <system_error>

#include "models/base/diagnostics.h"
#include "models/base/units.h"
#include "tools/partita/command_line.h"
#include "tools/partita/inputs.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/sweep/input_folder.h"

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

// What verbs end with where they were asked for --json; null where they did not get so far.
Json last_line(const std::vector<std::string_view>& lines) {
  if (lines.empty() || lines.back().front() != '{') return nullptr;
  Json json = Json::parse(lines.back(), nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? std::move(json) : Json();
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
  add_flat("", nested, result);
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
    const auto folder =
        files_.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(files_);
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
    answer.result = flat(last, question.keep.columns);
    if (code == kNo) {
      if (answer.result.contains("reason") && answer.result["reason"].is_string()) {
        answer.reason = answer.result["reason"].get<std::string>();
      } else if (!lines.empty() && last.is_null()) {
        answer.reason = lines.back();
      }
    }
    answer.result.erase("reason");
    if (code == kNo || !last.is_null()) return;
    answer.reason = "it printed no line of JSON";
  }
  answer.status = Status::Failed;
  answer.result = Json::object();
  if (answer.reason.empty()) answer.reason = without_folders(mistakes_in(err), files_);
  if (answer.reason.empty()) answer.reason = fmt::format("exit code {}", code);
}

PointAnswer PointEvaluator::evaluate(const PointQuestion& question) {
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
