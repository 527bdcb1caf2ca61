#include "tools/partita/requests.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/partita/console.h"

namespace partita::command {
namespace {

constexpr std::size_t kRequests = 100;
constexpr std::size_t kMostRequests = 10'000'000;
const SourceLoc kArrivals{"--arrivals", 0, 0};

std::string in_words(const RequestOptions& options) {
  return options.arrivals.empty() ? "saturated" : options.arrivals;
}

void print_percentiles(const char* what, const Percentiles& values, Table& table) {
  table.add({what, to_string(values.p50), to_string(values.p90), to_string(values.p95),
             to_string(values.p99), to_string(values.most)});
}

}  // namespace

void add_request_options(CLI::App& app, RequestOptions& options) {
  app.add_option("--requests", options.requests,
                 "run so many inferences as they arrive (100; of a trace: all of it)")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->group(kSeveralInferences);
  app.add_option("--arrivals", options.arrivals,
                 "'every 2 ms', 'poisson 500/s', 'bursts of 8 every 20 ms', 'saturated' (always "
                 "--in-flight), or a trace.csv (column arrival: times with units)")
      ->type_name("TEXT")
      ->group(kSeveralInferences);
  app.add_option("--in-flight", options.in_flight, "inferences under way at once, at most")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->group(kSeveralInferences);
}

Arrivals arrivals_of(const RequestOptions& options) {
  const auto parsed = parse_arrivals(in_words(options));
  if (const auto* bad = std::get_if<BadArrivals>(&parsed)) {
    throw ConfigError(kArrivals, bad->message);
  }
  const auto& arrivals = std::get<Arrivals>(parsed);
  if (arrivals.kind == Arrivals::Kind::Saturated && !options.in_flight) {
    throw ConfigError({"--in-flight", 0, 0},
                      "saturated means that so many are always in flight: say how many");
  }
  return arrivals;
}

AskedRequests asked_for(const RequestOptions& options, const Plan& plan) {
  AskedRequests asked;
  asked.arrivals = in_words(options);
  const Arrivals arrivals = arrivals_of(options);
  asked.workload.in_flight = options.in_flight.value_or(Workload::kUnlimited);
  asked.workload.saturated = arrivals.kind == Arrivals::Kind::Saturated;
  std::optional<std::size_t> count = options.requests;
  if (!count && arrivals.kind != Arrivals::Kind::Trace) count = kRequests;
  for (const Time time : arrival_times(arrivals, count, options.seed, kArrivals)) {
    asked.workload.requests.push_back({time, &plan});
  }
  return asked;
}

std::string how_often(const SteadyPeriod& period) {
  if (period.requests == 0) return "too few requests to say";
  const std::string each =
      to_string(Time{period.time.count() / static_cast<std::int64_t>(period.requests)});
  if (!period.exact) return fmt::format("{} (mean of the second half)", each);
  if (period.requests == 1) return fmt::format("{} (exact)", each);
  return fmt::format("{} (exact: {} in {})", each, period.requests, to_string(period.time));
}

void print_record(const WorkloadTimeline& record, const WorkloadStatistics& said,
                  const AskedRequests& asked) {
  fmt::print("  {} requests ({}{}) in {}: {:.4g} a second\n", record.requests.size(),
             asked.arrivals,
             asked.workload.in_flight == Workload::kUnlimited
                 ? ""
                 : fmt::format(", at most {} in flight", asked.workload.in_flight),
             to_string(record.makespan), said.per_second);
  fmt::print("  steady: one every {}\n", how_often(said.period));
  Table latency({"", "p50", "p90", "p95", "p99", "max"});
  print_percentiles("latency", said.latency, latency);
  print_percentiles("waits before it starts", said.waiting, latency);
  latency.print();
}

}  // namespace partita::command
