// tools/bench sim: how many evaluations a second the plain evaluator, the SystemC machine and
// SimGrid make of the same plans, what a pool of two processes gains, and how the time grows with
// network and machine. What is compared is timed in turns in one run, so that whatever else the
// computer does falls on all; medians are reported.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/assert.h"
#include "models/evaluate/evaluate.h"
#include "sim/pool.h"
#include "sim/simulate.h"
#include "tests/sim/race/cases.h"
#include "tests/sim/race/growth.h"
#include "tests/sim/race/stopwatch.h"
#include "tests/support/random_cases.h"
#ifdef PARTITA_WITH_SIMGRID
#include "tests/sim/race/simgrid_machine.h"
#endif

namespace partita::race {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLayers = 200;
constexpr int kPlans = 10;
constexpr int kRounds = 101;
constexpr std::size_t kWorkers = 2;
constexpr int kPoolPlans = 1'000;
constexpr int kPoolRounds = 11;

// In a process of its own: SimGrid has one machine a process, SystemC elaborates for one largest,
// and the race should not carry the modules of the largest.
Json in_child(const std::function<Json()>& work) {
  int ends[2];
  PARTITA_ASSERT(pipe(ends) == 0, "no pipe");
  std::fflush(stdout);
  const pid_t process = fork();
  PARTITA_ASSERT(process >= 0, "no process");
  if (process == 0) {
    close(ends[0]);
    const std::string text = work().dump();
    std::fflush(stdout);
    const bool written =
        write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(process, &status, 0);
  PARTITA_ASSERT(status == 0, "the measuring process failed");
  return Json::parse(text);
}

Json growth_rows() {
  Json rows = Json::array();
  for (const GrowthRow& row : growth()) {
    rows.push_back({{"layers", row.layers},
                    {"processors", row.processors},
                    {"seconds", row.seconds},
                    {"plain_seconds", row.plain_seconds},
                    {"transfers", row.transfers}});
  }
  return rows;
}

struct Job {
  explicit Job(Delays delays) : hardware(server(delays)) {
    for (int i = 0; i < kPlans; ++i) {
      plans.push_back(test::random_plan(static_cast<std::uint64_t>(i), network, hardware));
    }
  }

  Network network = random_layers(kLayers);
  Hardware hardware;
  CostTable costs = test::random_costs(1, network, hardware);
  std::vector<Plan> plans;
};

void print_rate(const char* name, const Samples& rates) {
  fmt::print("{:<18}{:>14.0f}{:>14.0f}{:>14.0f}{:>14.1f}\n", name, rates.median(), rates.at(0.1),
             rates.at(0.9), 1e6 / rates.median());
}

Json race(const Job& job) {
  Evaluator evaluator(job.network, job.hardware, job.costs);
  sim::Simulator simulator(job.network, job.hardware, job.costs);
  std::size_t legs = 0, events = 0;
#ifdef PARTITA_WITH_SIMGRID
  SimGridMachine simgrid(job.hardware);
  std::vector<std::vector<std::vector<std::uint32_t>>> served;
  Samples difference;
#endif
  for (const Plan& plan : job.plans) {
    const Timeline& predicted = evaluator.run(plan);
    PARTITA_ASSERT(predicted.makespan == simulator.run(plan).makespan,
                   "the two that are compared do not agree");
    legs += predicted.legs.size();
    // What ends: a layer; of a leg the set-up, the data and the way of the last byte.
    events += predicted.layers.size() + 3 * predicted.legs.size();
#ifdef PARTITA_WITH_SIMGRID
    served.push_back(served_by_engines(predicted, job.hardware));
    const Time theirs = simgrid.run(job.network, job.costs, plan, served.back());
    difference.values.push_back(
        static_cast<double>(theirs.count()) / static_cast<double>(predicted.makespan.count()) - 1);
#endif
  }
  Samples plain, systemc, ratio;
  [[maybe_unused]] Samples other, systemc_lead, plain_lead;
  const auto plans = static_cast<double>(job.plans.size());
  for (int round = 0; round < kRounds; ++round) {
    plain.values.push_back(plans / seconds([&] {
                             for (const Plan& plan : job.plans) evaluator.run(plan);
                           }));
    systemc.values.push_back(plans / seconds([&] {
                               for (const Plan& plan : job.plans) simulator.run(plan);
                             }));
    ratio.values.push_back(plain.values.back() / systemc.values.back());
#ifdef PARTITA_WITH_SIMGRID
    other.values.push_back(plans / seconds([&] {
                             for (std::size_t i = 0; i < job.plans.size(); ++i) {
                               simgrid.run(job.network, job.costs, job.plans[i], served[i]);
                             }
                           }));
    systemc_lead.values.push_back(systemc.values.back() / other.values.back());
    plain_lead.values.push_back(plain.values.back() / other.values.back());
#endif
  }

  fmt::print("{} layers on {} processors, {} legs a plan, {} plans, {} rounds in turns\n",
             job.network.layer_count(), job.hardware.processors().size(), legs / kPlans, kPlans,
             kRounds);
  fmt::print("{:<18}{:>14}{:>14}{:>14}{:>14}\n", "evaluations/s", "median", "p10", "p90",
             "us each");
  print_rate("plain", plain);
  print_rate("SystemC", systemc);
  Json outcome{{"systemc_over_plain_time", ratio.median()},
               {"plain_rate", plain.median()},
               {"systemc_rate", systemc.median()},
               {"events_per_second", static_cast<double>(events) / plans * systemc.median()},
               {"systemc_over_simgrid_rate", nullptr},
               {"plain_over_simgrid_rate", nullptr}};
#ifdef PARTITA_WITH_SIMGRID
  print_rate("SimGrid", other);
  fmt::print(
      "plain {:.1f} x, SystemC {:.1f} x SimGrid; its makespans differ by {:+.2f} % to {:+.2f} %\n",
      plain_lead.median(), systemc_lead.median(), 100 * difference.at(0), 100 * difference.at(1));
  outcome["systemc_over_simgrid_rate"] = systemc_lead.median();
  outcome["plain_over_simgrid_rate"] = plain_lead.median();
#endif
  fmt::print("SystemC / plain time: {:.2f} ({:.2f} to {:.2f})\n\n", ratio.median(), ratio.at(0.1),
             ratio.at(0.9));
  return outcome;
}

Json pool(const Job& job) {
  std::vector<Plan> plans;
  for (int i = 0; i < kPoolPlans; ++i) {
    plans.push_back(job.plans[static_cast<std::size_t>(i % kPlans)]);
  }
  sim::Pool one(job.network, job.hardware, job.costs, 1);
  sim::Pool several(job.network, job.hardware, job.costs, kWorkers);
  Samples rate, speedup;
  for (int round = 0; round < kPoolRounds; ++round) {
    const double alone = seconds([&] { one.run(plans); });
    const double together = seconds([&] { several.run(plans); });
    rate.values.push_back(kPoolPlans / together);
    speedup.values.push_back(alone / together);
  }
  fmt::print("\npool of {} workers: {:.0f} evaluations/s, {:.2f} x one worker\n", kWorkers,
             rate.median(), speedup.median());
  return {{"workers", kWorkers},
          {"evaluations_per_second", rate.median()},
          {"over_one_worker", speedup.median()}};
}

void print_growth(const Json& rows) {
  fmt::print("\n{:>10}{:>12}{:>12}{:>14}{:>14}{:>20}\n", "layers", "processors", "transfers",
             "plain ms", "SystemC ms", "SystemC ns / event");
  for (const Json& row : rows) {
    const double events = row["layers"].get<double>() + 3 * row["transfers"].get<double>();
    fmt::print("{:>10}{:>12}{:>12}{:>14.3f}{:>14.3f}{:>20.0f}\n", row["layers"].get<int>(),
               row["processors"].get<int>(), row["transfers"].get<int>(),
               1e3 * row["plain_seconds"].get<double>(), 1e3 * row["seconds"].get<double>(),
               1e9 * row["seconds"].get<double>() / events);
  }
}

int bench() {
  const Json rows = in_child(growth_rows);
#ifndef PARTITA_WITH_SIMGRID
  fmt::print("no SimGrid: it was not installed when this was configured (libsimgrid-dev)\n\n");
#endif
  fmt::print("Set-up times, latencies, layers that share bandwidth (SimGrid: latencies alone)\n");
  const Job everything(Delays::Usual);
  const Json full = in_child([&] { return race(everything); });
  fmt::print("What SimGrid can do as well: no set-up times, latencies or traffic of layers\n");
  Job job(Delays::None);
  job.costs = without_traffic(job.costs, job.network, job.hardware);
  const Json same = in_child([&] { return race(job); });
  const Json of_pool = pool(everything);
  print_growth(rows);
  const Json result{{"systemc_over_plain_time", full["systemc_over_plain_time"]},
                    {"systemc_over_simgrid_rate", same["systemc_over_simgrid_rate"]},
                    {"plain_over_simgrid_rate", same["plain_over_simgrid_rate"]},
                    {"events_per_second", full["events_per_second"]},
                    {"plain_evaluations_per_second", full["plain_rate"]},
                    {"systemc_evaluations_per_second", full["systemc_rate"]},
                    {"same_work_systemc_over_plain_time", same["systemc_over_plain_time"]},
                    {"more_work_systemc_over_simgrid_rate", full["systemc_over_simgrid_rate"]},
                    {"more_work_plain_over_simgrid_rate", full["plain_over_simgrid_rate"]},
                    {"pool", of_pool},
                    {"growth", rows}};
  fmt::print("\n{}\n", result.dump());
  return 0;
}

}  // namespace
}  // namespace partita::race

int main() { return partita::race::bench(); }
