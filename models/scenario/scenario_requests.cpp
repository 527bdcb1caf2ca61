#include "models/scenario/scenario_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/csv.h"
#include "models/base/file.h"
#include "models/base/random.h"

namespace partita {
namespace {

// Streams of random numbers that do not depend on each other: what is drawn more often in one does
// not change the others.
enum class Stream : std::uint64_t { Arrivals, Classes, Analyzer };
Random random_of(const Scenario& scenario, Stream stream) {
  return Random(scenario.seed * 3 + static_cast<std::uint64_t>(stream));
}

double uniform(Random& random) {  // [0, 1)
  return static_cast<double>(random.bits() >> 11) * 0x1p-53;
}
double exponential(Random& random) { return static_cast<double>(random.exponential()) * 0x1p-32; }

std::int64_t millionths(double per_second) {
  return std::max<std::int64_t>(1, std::llround(per_second * 1e6));
}

std::vector<Time> markov(const Scenario& scenario, double capacity) {
  Random random = random_of(scenario, Stream::Arrivals);
  const std::vector<MarkovState>& states = scenario.arrivals.markov;
  std::vector<Time> times;
  std::size_t state = 0;
  double now = 0, left = -1;                       // in seconds; time left in the state
  constexpr std::size_t kMostTurns = 100'000'000;  // of the chain, for nobody at all
  for (std::size_t turns = 0; times.size() < scenario.requests; ++turns) {
    if (turns == kMostTurns) {
      throw ConfigError(
          {scenario.file.string(), 0, 0},
          "arrivals: states are left so soon that hardly anybody comes: longer stays, "
          "or higher rates");
    }
    const MarkovState& in = states[state];
    if (left < 0) left = exponential(random) * seconds(in.stay);
    const double rate =
        in.share > 0 ? in.share * capacity : static_cast<double>(in.per_second) / 1e6;
    const double gap = exponential(random) / rate;
    if (gap > left) {  // both are without memory, so the gap begins anew
      now += left;
      left = -1;
      state = (state + 1) % states.size();
      continue;
    }
    now += gap;
    left -= gap;
    const double picoseconds = now * 1e12;
    if (picoseconds >= 9e18) {
      throw ConfigError({scenario.file.string(), 0, 0},
                        "arrivals: requests arrive beyond the end of time (106 days)");
    }
    times.push_back(Time{static_cast<std::int64_t>(picoseconds)});
  }
  return times;
}

struct Trace {
  std::vector<Time> times;
  std::vector<std::uint32_t> classes;  // or empty
};

class TraceReader {
 public:
  TraceReader(const Scenario& scenario, const std::string& file)
      : scenario_(scenario), file_(file) {}

  Trace read() {
    const std::vector<CsvRecord> records = parse_csv(read_file(file_), file_, diagnostics_);
    std::string header;
    for (std::size_t i = 0; !records.empty() && i < records.front().fields.size(); ++i) {
      header += (i == 0 ? "" : ",") + records.front().fields[i].text;
    }
    with_classes_ = header == "arrival,class";
    if (!with_classes_ && header != "arrival") {
      diagnostics_.error({file_, 1, 1},
                         "a trace of arrivals begins with the line 'arrival' or 'arrival,class'");
      diagnostics_.throw_if_any();
    }
    for (std::size_t i = 1; i < records.size(); ++i) read_row(records[i]);
    if (records.size() == 1) diagnostics_.error({file_, 1, 1}, "the trace has no arrivals");
    diagnostics_.throw_if_any();
    return std::move(trace_);
  }

 private:
  void read_row(const CsvRecord& record) {
    const std::size_t columns = with_classes_ ? 2 : 1;
    if (record.fields.size() != columns) {
      const CsvField& first = record.fields.front();
      diagnostics_.error({file_, first.line, first.column},
                         fmt::format("{} column{} expected, this row has {}", columns,
                                     columns == 1 ? " is" : "s are", record.fields.size()));
      return;
    }
    const auto wrong = [&](const CsvField& field, const std::string& message) {
      diagnostics_.error({file_, field.line, field.column}, message);
    };
    const CsvField& arrival = record.fields.front();
    auto parsed = parse_quantity<Time>(arrival.text);
    if (const auto* bad = std::get_if<BadQuantity>(&parsed)) {
      wrong(arrival, "arrival: " + bad->message);
      return;
    }
    const Time time = std::get<Time>(parsed);
    if (!trace_.times.empty() && time < trace_.times.back()) {
      wrong(arrival, fmt::format("arrival {} lies before the one above it, {}", exact_text(time),
                                 exact_text(trace_.times.back())));
      return;
    }
    if (with_classes_) {
      const CsvField& name = record.fields.back();
      const auto found =
          std::find_if(scenario_.classes.begin(), scenario_.classes.end(),
                       [&](const ScenarioClass& each) { return each.name == name.text; });
      if (found == scenario_.classes.end()) {
        wrong(name, fmt::format("class: the scenario has no class '{}' of inputs", name.text));
        return;
      }
      trace_.classes.push_back(static_cast<std::uint32_t>(found - scenario_.classes.begin()));
    }
    trace_.times.push_back(time);
  }

  const Scenario& scenario_;
  const std::string& file_;
  Diagnostics diagnostics_;
  bool with_classes_ = false;
  Trace trace_;
};

Trace arrivals_of(const Scenario& scenario, double capacity) {
  const ScenarioArrivals& arrivals = scenario.arrivals;
  if (!arrivals.markov.empty()) return {markov(scenario, capacity), {}};
  if (arrivals.process && arrivals.process->kind == Arrivals::Kind::Trace) {
    Trace trace = TraceReader(scenario, arrivals.process->file).read();
    if (trace.times.size() > scenario.requests) trace.times.resize(scenario.requests);
    return trace;
  }
  Arrivals process;
  if (arrivals.process) {
    process = *arrivals.process;
  } else {
    process.kind = Arrivals::Kind::Poisson;
    process.per_second = millionths(arrivals.share * capacity);
  }
  const std::uint64_t seed = scenario.seed * 3 + static_cast<std::uint64_t>(Stream::Arrivals);
  return {arrival_times(process, scenario.requests, seed, {scenario.file.string(), 0, 0}), {}};
}

std::uint32_t drawn(const std::vector<double>& shares, double at) {
  std::uint32_t last = 0;  // with a share: what rounding leaves over is its
  for (std::uint32_t each = 0; each < shares.size(); ++each) {
    if (shares[each] <= 0) continue;
    last = each;
    if (at < shares[each]) return each;
    at -= shares[each];
  }
  return last;
}

}  // namespace

std::vector<ScenarioRequest> requests_of(const Scenario& scenario, double capacity) {
  const Trace trace = arrivals_of(scenario, capacity);
  Random draw = random_of(scenario, Stream::Classes), err = random_of(scenario, Stream::Analyzer);
  std::vector<ScenarioRequest> requests;
  std::size_t mix = 0;
  const std::size_t classes = scenario.classes.size();
  for (std::size_t i = 0; i < trace.times.size(); ++i) {
    ScenarioRequest& request = requests.emplace_back();
    request.arrival = trace.times[i];
    while (mix + 1 < scenario.mix.size() && scenario.mix[mix + 1].from <= request.arrival) ++mix;
    request.input_class =
        trace.classes.empty() ? drawn(scenario.mix[mix].shares, uniform(draw)) : trace.classes[i];
    request.seen_class = request.input_class;
    if (classes > 1 && uniform(err) >= scenario.analyzer) {
      const auto other = static_cast<std::uint32_t>(err.below(classes - 1));
      request.seen_class = other < request.input_class ? other : other + 1;
    }
  }
  return requests;
}

}  // namespace partita
