#include "tests/tools/sweep/fake_points.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <thread>

#include "tools/partita/sweep/lines.h"

namespace partita::command::test {
namespace {

void act(const PointQuestion& question, PointAnswer& answer) {
  const std::string& what = question.arguments.at(0);
  const auto word = [&](std::size_t i) { return question.arguments.at(i); };
  std::int64_t number = 0;
  if (what == "square") number = std::stoll(word(1));
  if (what == "no") {
    answer.status = Status::No;
    answer.reason = "nothing fits";
    return;
  }
  if (what == "fail") {
    answer.status = Status::Failed;
    answer.reason = "broken";
    return;
  }
  if (what == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(word(1))));
  if (what == "crash") raise(SIGSEGV);
  if (what == "assert") {
    fmt::print(stderr, "first line\ninvariant broken\n");
    std::fflush(stderr);
    std::abort();
  }
  if (what == "crash_once") {
    number = 7;
    if (!std::filesystem::exists(word(1))) {
      std::ofstream{word(1)} << "seen";
      raise(SIGKILL);
    }
  }
  if (what == "eat") {
    const auto size = static_cast<std::size_t>(std::stoll(word(1)));
    const bool is_too_much =
        question.memory_limit > 0 && static_cast<std::int64_t>(size) > question.memory_limit;
    if (is_too_much) {
      answer.status = Status::Failed;
      answer.reason = "needed more";
      answer.is_exhausted = true;
      return;
    }
    static std::unique_ptr<char[]> eaten;
    eaten = std::make_unique<char[]>(size);
    std::memset(eaten.get(), 1, size);
  }
  if (what == "log") {
    number = std::stoll(word(2));
    std::ofstream(word(1), std::ios::app) << number << "\n";
  }
  answer.result = {{"name", std::to_string(number)}, {"square", number * number}};
}

}  // namespace

ServePoints fake_points() {
  return [](int in, int out, Console& console) {
    const Capture capture(console);
    LineReader lines(in);
    while (const auto line = lines.next()) {
      console.clear();
      const PointQuestion question = read_question(*line);
      PointAnswer answer;
      answer.point = question.point;
      const auto start = std::chrono::steady_clock::now();
      act(question, answer);
      answer.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (!write_all(out, to_line(answer) + "\n") || answer.is_exhausted) break;
    }
    return 0;
  };
}

PointQuestion asked(const std::string& id, std::vector<std::string> arguments) {
  PointQuestion question;
  question.point = id;
  question.arguments = std::move(arguments);
  return question;
}

Cell result_of(const PointAnswer& answer, const std::string& name) {
  for (const auto& [known, cell] : answer.result) {
    if (known == name) return cell;
  }
  return {};
}

}  // namespace partita::command::test
