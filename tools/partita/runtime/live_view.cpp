#include "tools/partita/runtime/live_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "models/workload/statistics.h"

namespace partita::command {
namespace {

constexpr auto kEvery = std::chrono::milliseconds(100);
constexpr std::size_t kRecent = 100;  // requests that latency is of
constexpr std::size_t kBar = 24;

std::size_t columns() {
  winsize size{};
  return ioctl(fileno(stderr), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::string bar(double part) {
  const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * kBar + 0.5);
  return std::string(full, '#') + std::string(kBar - full, '.');
}

// Requests that were answered last, and how long they took.
std::vector<Time> recent(const ServiceRecord& record) {
  std::vector<Time> latencies;
  for (auto request = record.requests.rbegin();
       request != record.requests.rend() && latencies.size() < kRecent; ++request) {
    if (request->done) latencies.push_back(request->answered - request->arrival);
  }
  return latencies;
}

// Of the layers of the plan that serves the first class, how many each processor has.
std::string plan_line(const Configuration& configuration, const Hardware& hardware) {
  std::string text;
  const Plan& plan = *configuration.plans.front();
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    if (plan.order(id).empty()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", hardware.processors()[id].name,
                        plan.order(id).size());
  }
  return text;
}

}  // namespace

LiveView::LiveView(const ServiceCase& of, std::string policy)
    : of_(of), policy_(std::move(policy)), on_terminal_(isatty(fileno(stderr)) != 0) {}

LiveView::~LiveView() { clear(); }

void LiveView::show(Time now, const Service& service) {
  if (!on_terminal_) return;
  const auto wall = std::chrono::steady_clock::now();
  if (wall - drawn_ < kEvery) return;
  drawn_ = wall;
  draw(now, service);
}

void LiveView::clear() {
  if (lines_ > 0) fmt::print(stderr, "\x1b[{}A\x1b[J", lines_);
  lines_ = 0;
}

void LiveView::draw(Time now, const Service& service) {
  const ServiceRecord& record = service.record();
  std::vector<std::string> lines;
  const Time end = of_.requests().back().arrival;
  const double part = end > Time{0} ? seconds(now) / seconds(end) : 1;
  lines.push_back(fmt::format("{} by {}: {} of {}  [{}]", of_.scenario().name, policy_,
                              to_string(now), to_string(end), bar(part)));
  lines.push_back(fmt::format("plan      {} ({})", service.in_force().name,
                              plan_line(service.in_force(), of_.hardware())));
  const double full =
      static_cast<double>(service.waiting()) / static_cast<double>(of_.scenario().queue);
  lines.push_back(fmt::format("queue     {} wait [{}], {} run", service.waiting(), bar(full),
                              service.running()));
  if (const std::vector<Time> latencies = recent(record); !latencies.empty()) {
    const Percentiles of = percentiles(latencies);
    lines.push_back(fmt::format("latency   p50 {}, p99 {} of the last {}", to_string(of.p50),
                                to_string(of.p99), latencies.size()));
  }
  if (!record.decisions.empty()) {
    const DecisionRecord& last = record.decisions.back();
    lines.push_back(fmt::format("decision  at {}: {} {}: {}", to_string(last.when),
                                last.switched ? "switch to" : "stay with", last.configuration,
                                last.reason));
  }
  clear();
  const std::size_t most = columns() - 1;
  for (const std::string& line : lines) fmt::print(stderr, "  {}\n", line.substr(0, most - 2));
  std::fflush(stderr);
  lines_ = lines.size();
}

}  // namespace partita::command
