// What sweeps cost beside what they compute: points of 1 ms and of 100 ms, against the same evaluations
// in a plain loop in as many processes; and how long a million rows take to list, filter, sort, plot.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

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

// Requests that make a point last so long. Of many points: what two processes take to start is little
// of that.
std::size_t requests_for(double seconds, const fs::path& folder) {
  const auto points = static_cast<std::size_t>(std::clamp(2.0 / seconds, 20.0, 1000.0));
  std::size_t requests = 8;
  for (int i = 0; i < 8; ++i) {
    const PreparedSweep sweep(write_sweep(folder, points, requests), "");
    const double each = plain_loop(sweep).processors / static_cast<double>(points);
    if (std::abs(each / seconds - 1) < 0.02) break;
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
  // As of a sweep that was sampled: what is drawn of so many points is taken together.
  const nlohmann::json description{
      {"sampling", "random"},
      {"answer", {{"column", "predicted_ps"}}},
      {"axes",
       {{{"name", "bandwidth"},
         {"kind", "range"},
         {"unit", "B/s"},
         {"from", 1e9},
         {"to", 1e9 + 1e3 * static_cast<double>(count)},
         {"scale", "linear"}},
        {{"name", "method"}, {"kind", "list"}, {"values", {"heft", "auto"}}}}}};
  test::add_sweep(store, "million", points, "partition", description.dump());
}

// What somebody waits for who asks.
double asked(const std::vector<std::string>& words) {
  Console console;
  return seconds_of([&] {
    const Capture capture(console);
    if (CommandLine().run(words) != kDone) throw Error("results cannot be asked");
  });
}

int bench(double scale) {
  const test::TemporaryFolder folder;
  write_inputs(folder / "");
  const auto scaled = [&](std::size_t count) {
    return std::max<std::size_t>(20, static_cast<std::size_t>(scale * static_cast<double>(count)));
  };
  constexpr int kRounds = 3;
  const Overhead small = overhead(1e-3, scaled(10'000), kRounds, folder / "");
  // Ten thousand would take half an hour. What a sweep costs once counts more here than it does there.
  const Overhead large = overhead(100e-3, scaled(300), kRounds, folder / "");

  const fs::path file = folder / "million.db";
  const std::size_t rows = scaled(1'000'000);
  const double filled = seconds_of([&] { fill(file, rows); });
  const std::string name = file.string();
  const double listed = asked({"results", name});
  const double shown = asked({"results", name, "--sweep", "million"});
  const double filtered =
      asked({"results", name, "--where", "method=heft", "--where", "predicted_ps<1.1 us"});
  const double sorted = asked({"results", name, "--sort", "predicted_ps", "--limit", "20"});
  // Medians and spreads of the answer along an axis, with a line for each method; from the command to
  // the file, Python's start included.
  const double plotted = asked({"plot", "sweep", name, "--x", "bandwidth", "--by", "method",
                                "--out", (folder / "million.pdf").string()});
  const double slowest = std::max({listed, shown, filtered, sorted, plotted});

  Table table({"", "a point", "points/s", "overhead", "of processors"});
  const auto add = [&](const char* what, const Overhead& each) {
    table.add({what, fmt::format("{:.3g} ms", 1e3 * each.point_seconds),
               fmt::format("{:.4g}", each.points_per_second), fmt::format("{:.2f} %", each.percent),
               fmt::format("{:.2f} %", each.processor_percent)});
  };
  add("short points", small);
  add("long points", large);
  table.print();
  Table queries({fmt::format("{} rows", rows), "s"});
  queries.add({"sweeps listed", fmt::format("{:.2f}", listed)});
  queries.add({"first rows shown", fmt::format("{:.2f}", shown)});
  queries.add({"filtered", fmt::format("{:.2f}", filtered)});
  queries.add({"sorted", fmt::format("{:.2f}", sorted)});
  queries.add({"plotted", fmt::format("{:.2f}", plotted)});
  queries.add({"written, all at once", fmt::format("{:.2f}", filled)});
  queries.print();
  const nlohmann::ordered_json line{{"overhead_percent_1ms", small.percent},
                                    {"overhead_percent_100ms", large.percent},
                                    {"processor_overhead_percent_1ms", small.processor_percent},
                                    {"processor_overhead_percent_100ms", large.processor_percent},
                                    {"points_per_second", small.points_per_second},
                                    {"point_ms", 1e3 * small.point_seconds},
                                    {"list_seconds", listed},
                                    {"show_seconds", shown},
                                    {"filter_seconds", filtered},
                                    {"sort_seconds", sorted},
                                    {"plot_seconds", plotted},
                                    {"query_seconds_1e6_rows", slowest}};
  fmt::print("{}\n", line.dump());
  return 0;
}

}  // namespace
}  // namespace partita::command

int main(int argc, char** argv) {
  using namespace partita;
  return command::guarded([&] { return command::bench(argc > 1 ? std::atof(argv[1]) : 1); });
}
