// What sweeps cost beside what they compute: points of 1 ms and of 100 ms, against the same evaluations
// in a plain loop in as many processes; and how long a million rows take to list, filter, sort.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/results/fixture.h"
#include "tools/partita/command_line.h"
#include "tools/partita/console.h"
#include "tools/partita/results/sweep_table.h"
#include "tools/partita/sweep/evaluate.h"
#include "tools/partita/sweep/prepared_sweep.h"

namespace partita::command {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t kProcesses = 2;

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What this process and its children that have ended have computed.
double processor_seconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return sum;
}

// By the clock, and by how long processors were at it: the same on a computer without other work.
struct Cost {
  double wall = 0, processors = 0;
};

Cost cost_of(const std::function<void()>& work) {
  const double before = processor_seconds();
  const double wall = seconds_of(work);
  return {wall, processor_seconds() - before};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// A chain of layers that two processors could share.
void write_inputs(const fs::path& folder) {
  nlohmann::ordered_json network{
      {"costed_graph", 1}, {"name", "chain"}, {"processors", {"p0", "p1"}}};
  constexpr int kLayers = 12;
  for (int i = 0; i < kLayers; ++i) {
    const std::string name = fmt::format("l{}", i);
    network["layers"].push_back({{"name", name}, {"times", {{"p0", "10 us"}, {"p1", "12 us"}}}});
    if (i > 0) {
      network["edges"].push_back(
          {{"from", fmt::format("l{}", i - 1)}, {"to", name}, {"size", "1 MB"}});
    }
  }
  write_file(folder / "net.json", network.dump());
  write_file(folder / "m.yaml",
             "machine: {name: two}\n"
             "memories:\n"
             "  m0: {capacity: 1 GiB, bandwidth: 1 TB/s}\n"
             "  m1: {capacity: 1 GiB, bandwidth: 1 TB/s}\n"
             "processors:\n"
             "  p0: {kind: cpu, memory: m0, peak: {f32: 1 TFLOP/s}}\n"
             "  p1: {kind: cpu, memory: m1, peak: {f32: 1 TFLOP/s}}\n"
             "links:\n"
             "  wire: {between: [m0, m1], bandwidth: 10 GB/s, latency: 1 us}\n");
}

// Simulations of so many requests each.
fs::path write_sweep(const fs::path& folder, std::size_t points, std::size_t requests) {
  const fs::path file = folder / fmt::format("sweep{}.yaml", requests);
  write_file(file,
             fmt::format("sweep: bench\n"
                         "body: simulate\n"
                         "with: {{model: net.json, machine: m.yaml, method: heft, requests: {}, "
                         "in-flight: 4}}\n"
                         "axes:\n"
                         "  machine.links.wire.bandwidth: {{from: 1 GB/s, to: 100 GB/s, points: "
                         "{}, scale: log}}\n",
                         requests, points));
  return file;
}

PointQuestion question_for(const PointCommand& command) {
  PointQuestion question;
  question.point = command.id;
  question.arguments = command.arguments;
  return question;
}

// The same evaluations, and nothing else.
Cost plain_loop(const PreparedSweep& sweep) {
  std::vector<PointQuestion> questions;
  for (std::size_t i = 0; i < sweep.size(); ++i)
    questions.push_back(question_for(sweep.command(i)));
  return cost_of([&] {
    std::fflush(nullptr);
    std::vector<pid_t> children;
    for (std::size_t first = 0; first < kProcesses; ++first) {
      children.push_back(fork());
      if (children.back() != 0) continue;
      Console console;
      PointEvaluator evaluator(console, sweep.folder().string());
      for (std::size_t i = first; i < questions.size(); i += kProcesses) {
        if (evaluator.evaluate(questions[i]).status != Status::Done) _exit(1);
      }
      _exit(0);
    }
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) throw Error("a point of the plain loop failed");
    }
  });
}

Cost as_sweep(const fs::path& file, const fs::path& folder) {
  const fs::path out = folder / "bench.db";
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(out.string() + end);
  return cost_of([&] {
    const int code = CommandLine().run(
        {"sweep", file.string(), "--out", out.string(), "--jobs", std::to_string(kProcesses)});
    if (code != kDone) throw Error("the sweep failed");
  });
}

// Requests that make a point last so long.
std::size_t requests_for(double seconds, const fs::path& folder) {
  const auto count = static_cast<std::size_t>(std::clamp(0.4 / seconds, 4.0, 100.0));
  std::size_t requests = 8;
  for (int i = 0; i < 6; ++i) {
    const PreparedSweep sweep(write_sweep(folder, count, requests), "");
    const double each = plain_loop(sweep).processors / static_cast<double>(count);
    if (std::abs(each / seconds - 1) < 0.1) break;
    requests = std::max<std::size_t>(
        1, static_cast<std::size_t>(static_cast<double>(requests) * seconds / each));
  }
  return requests;
}

struct Overhead {
  double percent = 0, processor_percent = 0, point_seconds = 0, points_per_second = 0;
};

Overhead overhead(double seconds, std::size_t points, int rounds, const fs::path& folder) {
  const std::size_t requests = requests_for(seconds, folder);
  const fs::path file = write_sweep(folder, points, requests);
  const PreparedSweep sweep(file, "");
  std::vector<double> ratios, processors, loops, sweeps;
  for (int i = 0; i < rounds; ++i) {
    // In turns, so that what else this computer does is shared fairly.
    const Cost before = plain_loop(sweep), with = as_sweep(file, folder), after = plain_loop(sweep);
    ratios.push_back(2 * with.wall / (before.wall + after.wall));
    processors.push_back(2 * with.processors / (before.processors + after.processors));
    loops.push_back((before.processors + after.processors) / 2);
    sweeps.push_back(with.wall);
  }
  Overhead result;
  result.percent = 100 * (median(ratios) - 1);
  result.processor_percent = 100 * (median(processors) - 1);
  result.point_seconds = median(loops) / static_cast<double>(points);
  result.points_per_second = static_cast<double>(points) / median(sweeps);
  return result;
}

void fill(const fs::path& file, std::size_t count) {
  ResultStore store(file, ResultStore::Open::OrNew);
  std::vector<test::FakePoint> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    test::FakePoint point;
    point.id = fmt::format("{:032x}", i * 0x9E3779B97F4A7C15ULL);
    point.axes = {static_cast<std::int64_t>(1'000'000'000 + 1000 * i),
                  i % 3 == 0 ? "heft" : "auto"};
    const auto time = static_cast<std::int64_t>(1'000'000 + (i * 7919) % 1'000'003);
    for (const char* name : {"copied_bytes", "copies", "gap", "lower_bound", "predicted_energy_nj",
                             "predicted_imbalance_ps", "predicted_peak_memory_bytes"}) {
      point.results.emplace_back(name, 0.5 * static_cast<double>(time));
    }
    point.results.emplace_back("predicted_ps", time);
    points.push_back(std::move(point));
  }
  test::add_sweep(store, "million", points);
}

// What somebody waits for who asks; absent: this program does not do that.
std::optional<double> asked(const std::vector<std::string>& words) {
  Console console;
  int code = kDone;
  const double took = seconds_of([&] {
    const Capture capture(console);
    code = guarded([&] { return CommandLine().run(words); });
  });
  if (code == kDone) return took;
  fmt::print(stderr, "partita {}: {}\n", fmt::join(words, " "), console.text().second);
  return std::nullopt;
}

void bench_overhead(double scale, const fs::path& folder, nlohmann::ordered_json& line) {
  constexpr int kRounds = 3;
  const auto scaled = [&](double count) {
    return static_cast<std::size_t>(std::max(20.0, scale * count));
  };
  const Overhead small = overhead(1e-3, scaled(10'000), kRounds, folder);
  const Overhead large = overhead(100e-3, scaled(100), kRounds, folder);
  Table table({"", "a point", "points/s", "overhead", "of processors"});
  const auto add = [&](const char* what, const Overhead& each) {
    table.add({what, fmt::format("{:.3g} ms", 1e3 * each.point_seconds),
               fmt::format("{:.4g}", each.points_per_second), fmt::format("{:.2f} %", each.percent),
               fmt::format("{:.2f} %", each.processor_percent)});
  };
  add("short points", small);
  add("long points", large);
  table.print();
  line["overhead_percent_1ms"] = small.percent;
  line["overhead_percent_100ms"] = large.percent;
  line["processor_overhead_percent_1ms"] = small.processor_percent;
  line["processor_overhead_percent_100ms"] = large.processor_percent;
  line["points_per_second"] = small.points_per_second;
  line["point_ms"] = 1e3 * small.point_seconds;
}

void bench_queries(double scale, const fs::path& folder, nlohmann::ordered_json& line) {
  const fs::path file = folder / "million.db";
  const auto rows = static_cast<std::size_t>(std::max(1000.0, scale * 1e6));
  const double filled = seconds_of([&] { fill(file, rows); });
  const std::string name = file.string();
  const std::vector<std::pair<const char*, std::vector<std::string>>> questions{
      {"list", {"results", name}},
      {"show", {"results", name, "--sweep", "million"}},
      {"filter", {"results", name, "--where", "method=heft", "--where", "predicted_ps<1.1 us"}},
      {"sort", {"results", name, "--sort", "predicted_ps", "--limit", "20"}},
      {"plot",
       {"plot", "sweep", name, "--x", "bandwidth", "--y", "predicted_ps", "--by", "method", "--out",
        (folder / "million.pdf").string()}}};
  Table table({fmt::format("{} rows", rows), "s"});
  double slowest = 0;
  for (const auto& [what, words] : questions) {
    const std::optional<double> took = asked(words);
    table.add({what, took ? fmt::format("{:.2f}", *took) : "-"});
    line[fmt::format("{}_seconds", what)] = took ? nlohmann::ordered_json(*took) : nullptr;
    slowest = std::max(slowest, took.value_or(0));
  }
  table.add({"(write, all at once)", fmt::format("{:.2f}", filled)});
  table.print();
  line["query_seconds_1e6_rows"] = slowest;
}

// "", "points" or "rows"; of each so many times the usual number.
int bench(const std::string& part, double scale) {
  const partita::test::TemporaryFolder folder;
  write_inputs(folder / "");
  nlohmann::ordered_json line;
  if (part != "rows") bench_overhead(scale, folder / "", line);
  if (part != "points") bench_queries(scale, folder / "", line);
  fmt::print("{}\n", line.dump());
  return kDone;
}

}  // namespace
}  // namespace partita::command

int main(int argc, char** argv) {
  using namespace partita;
  const std::string part = argc > 1 ? argv[1] : "";
  const double scale = argc > 2 ? std::atof(argv[2]) : 1;
  return command::guarded([&] { return command::bench(part, scale); });
}
