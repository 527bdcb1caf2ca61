// The models of links against what others measured: packets of PCI Express against pcie_bench,
// piecewise links against copies, collectives against all-reduces. What is fitted is fitted on
// every second size, and judged on the others.
#include <configured/source_dir.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/hardware/load_hardware.h"
#include "sim/simulate.h"
#include "tests/sim/links/all_reduce.h"
#include "tests/sim/links/copies.h"
#include "tests/sim/links/pcie_hosts.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Every point of a figure: what was measured, and what the model says, in ns.
class Points {
 public:
  explicit Points(const std::string& file) {
    if (file.empty()) return;
    out_.open(file);
    out_ << "what,name,bytes,measured_ns,model_ns\n";
  }
  void add(const std::string& what, const std::string& name, std::int64_t size, double measured,
           double model) {
    if (out_) out_ << fmt::format("{},\"{}\",{},{},{}\n", what, name, size, measured, model);
  }

 private:
  std::ofstream out_;
};

// Errors in percent, of all sizes and of those that nothing was fitted to.
struct Errors {
  std::vector<double> all, judged;

  void add(const test::TimesBySize& measured, const test::TimesBySize& model) {
    const std::vector<std::int64_t> fitted = test::fitted_sizes(measured);
    for (const auto& [size, time] : measured) {
      const double error = 100 * std::abs(model.at(size) / time - 1);
      all.push_back(error);
      if (!std::binary_search(fitted.begin(), fitted.end(), size)) judged.push_back(error);
    }
  }
};

ordered_json bench_pcie(const std::filesystem::path& folder, sim::PcieHost& model,
                        std::vector<std::string>& skipped, Points& points) {
  const std::vector<test::MeasuredHost> hosts = test::read_hosts(folder, skipped);
  if (hosts.empty()) return {};
  constexpr double kWire = 8.0 * 8 * 128 / 130;  // Gb/s of eight lanes of generation 3
  Errors writes, reads;
  std::vector<double> dips;
  fmt::print("{:<58}{:>10}{:>10}{:>9}{:>9}{:>17}\n", "PCIe Gen3 x8, median error % of the judged",
             "chunk ns", "gap ns", "write", "read", "257 B: eff. %");
  for (const test::MeasuredHost& host : hosts) {
    const test::FittedHost fitted = test::fit(host, model);
    for (const auto& [size, time] : host.writes) {
      points.add("pcie write", host.name, size, time, fitted.writes.at(size));
    }
    for (const auto& [size, time] : host.reads) {
      points.add("pcie read", host.name, size, time, fitted.reads.at(size));
    }
    Errors own_writes, own_reads;
    for (Errors* errors : {&writes, &own_writes}) errors->add(host.writes, fitted.writes);
    for (Errors* errors : {&reads, &own_reads}) errors->add(host.reads, fitted.reads);
    std::string dip = "-";
    if (const auto at = host.writes.find(257); at != host.writes.end()) {
      const double measured = 100 * 257 * 8 / at->second / kWire;
      const double modelled = 100 * 257 * 8 / fitted.writes.at(257) / kWire;
      dips.push_back(std::abs(modelled - measured));
      dip = fmt::format("{:.1f} ({:.1f})", modelled, measured);
    }
    fmt::print("{:<58}{:>10.2f}{:>10.2f}{:>9.2f}{:>9.2f}{:>17}\n", host.name,
               static_cast<double>(fitted.ends.chunk_time.count()) / 1e3,
               static_cast<double>(fitted.ends.read_gap.count()) / 1e3, median(own_writes.judged),
               median(own_reads.judged), dip);
  }
  fmt::print("{:<78}{:>9.2f}{:>9.2f}\n", "all hosts, judged sizes", median(writes.judged),
             median(reads.judged));
  fmt::print("{:<78}{:>9.2f}{:>9.2f}\n\n", "all hosts, all sizes", median(writes.all),
             median(reads.all));
  return {
      {"pcie_write_median_error_percent", median(writes.judged)},
      {"pcie_read_median_error_percent", median(reads.judged)},
      {"pcie_257_dip_error_points",
       dips.empty() ? ordered_json{} : ordered_json(*std::max_element(dips.begin(), dips.end()))}};
}

// Fitted on every second size and judged on the others; and joined through eight sizes alone.
struct JudgedSeries {
  CopyErrors errors, of_eight;
  std::size_t regimes = 0;
};

JudgedSeries judge(const test::CopySeries& series, Points& points) {
  const std::vector<Regime> regimes = fit_regimes(test::every_second(series.copies, 0));
  for (const MeasuredCopy& copy : series.copies) {
    points.add("copy", series.name, copy.size.value, microseconds(copy.time) * 1e3,
               microseconds(copy_time(regimes, copy.size)) * 1e3);
  }
  const std::vector<MeasuredCopy> judged = test::every_second(series.copies, 1);
  const std::vector<MeasuredCopy> eight = test::eight_of(series.copies);
  std::vector<MeasuredCopy> others;
  for (const MeasuredCopy& copy : series.copies) {
    const bool used = std::any_of(eight.begin(), eight.end(), [&](const MeasuredCopy& known) {
      return known.size == copy.size;
    });
    if (!used) others.push_back(copy);
  }
  JudgedSeries result{errors_of(regimes, judged), errors_of(join_regimes(eight), others),
                      regimes.size()};
  const test::Deviation off = test::simulated(regimes, series.copies);
  fmt::print("{:<58}{:>6}{:>9}{:>8.2f}{:>8.2f}{:>10.2f}{:>8.2f}{:>9.3f}{:>8.3f}\n", series.name,
             series.copies.size(), result.regimes, result.errors.mean,
             result.errors.by_power_of_two, result.of_eight.mean, result.of_eight.by_power_of_two,
             off.fluid, off.packet);
  return result;
}

void bench_copies(const std::filesystem::path& measured, ordered_json& result,
                  std::vector<std::string>& skipped, Points& points) {
  fmt::print("{:<58}{:>6}{:>9}{:>16}{:>18}{:>17}\n", "copies: error %", "sizes", "regimes",
             "every second", "from eight", "simulated off");
  fmt::print("{:<73}{:>8}{:>8}{:>10}{:>8}{:>9}{:>8}\n", "", "mean", "by 2^n", "mean", "by 2^n",
             "fluid", "packet");
  bool is_told = false;
  for (const test::CopySeries& series :
       test::read_send_recv(measured / "vidur" / "network", skipped)) {
    const JudgedSeries judged = judge(series, points);
    if (is_told || !series.name.ends_with("inside a node")) continue;
    is_told = true;
    result["send_recv_mape_percent"] = judged.errors.mean;
    result["send_recv_logbin_percent"] = judged.errors.by_power_of_two;
    result["send_recv_from_eight_mape_percent"] = judged.of_eight.mean;
    result["send_recv_from_eight_logbin_percent"] = judged.of_eight.by_power_of_two;
  }
  result["copies"] = ordered_json::array();
  for (const test::CopySeries& series : test::read_copies(measured / "copies", skipped)) {
    const JudgedSeries judged = judge(series, points);
    result["copies"].push_back({{"name", series.name},
                                {"mape_percent", judged.errors.mean},
                                {"logbin_percent", judged.errors.by_power_of_two},
                                {"regimes", judged.regimes}});
  }
  fmt::print("\n");
}

std::vector<CollectiveChoice> in_pieces(CollectiveAlgorithm algorithm) {
  std::vector<CollectiveChoice> choices;
  for (const int pieces : {1, 2, 4, 8}) choices.push_back({algorithm, pieces});
  return choices;
}

// Powers of two around the measured sizes, and one between each; the model is straight in between.
std::vector<Bytes> sizes_around(const std::vector<MeasuredCopy>& points) {
  std::vector<Bytes> sizes;
  for (std::int64_t size = 8; sizes.empty() || sizes.back() < points.back().size; size *= 2) {
    if (Bytes{2 * size} < points.front().size) continue;
    sizes.push_back(Bytes{size});
    sizes.push_back(Bytes{size + size / 2});
  }
  return sizes;
}

// Where f is least, as long as it has one valley (golden-section search).
template <class Function>
double least(double low, double high, double tolerance, Function f) {
  constexpr double kGolden = 0.6180339887498949;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = f(left), at_right = f(right);
  while (high - low > tolerance) {
    if (at_left < at_right) {
      high = std::exchange(right, left);
      at_right = at_left;
      left = high - kGolden * (high - low);
      at_left = f(left);
    } else {
      low = std::exchange(left, right);
      at_left = at_right;
      right = low + kGolden * (high - low);
      at_right = f(right);
    }
  }
  return (low + high) / 2;
}

// A machine like `machine` with which the ring is least wrong: what a step costs, then also the
// share of their bandwidth that links give.
struct FittedSteps {
  double setup = 0;  // ps
  double share = 1;
  Hardware on(const Hardware& machine) const {
    return test::with_steps(machine, Time{static_cast<std::int64_t>(setup)}, share);
  }
};

CopyErrors ring_errors(const Hardware& machine, std::size_t ranks, const std::vector<Bytes>& sizes,
                       const std::vector<MeasuredCopy>& judged) {
  return errors_of(
      join_regimes(
          test::fastest(machine, ranks, sizes, in_pieces(CollectiveAlgorithm::Ring)).points),
      judged);
}

FittedSteps fitted_steps(const Hardware& machine, const test::AllReduceSeries& series,
                         bool also_share) {
  const std::vector<MeasuredCopy> half = test::every_second(series.points, 0);
  const std::vector<Bytes> sizes = sizes_around(half);
  FittedSteps fitted;
  const auto wrong = [&](const FittedSteps& steps) {
    const CopyErrors errors = ring_errors(steps.on(machine), series.ranks, sizes, half);
    return errors.mean + errors.by_power_of_two;
  };
  const auto fit_setup = [&] {
    fitted.setup = least(0, 100e6, 100e3, [&](double setup) {
      return wrong({setup, fitted.share});
    });
  };
  fit_setup();
  if (!also_share) return fitted;
  for (int round = 0; round < 2; ++round) {
    fitted.share = least(0.2, 1.2, 0.01, [&](double share) {
      return wrong({fitted.setup, share});
    });
    fit_setup();
  }
  return fitted;
}

void bench_all_reduce(const std::filesystem::path& measured, ordered_json& result,
                      std::vector<std::string>& skipped) {
  const Hardware machine =
      load_hardware(std::filesystem::path{PARTITA_SOURCE_DIR} / "hw_configs/dgx_a100.yaml");
  std::vector<CollectiveChoice> all{{CollectiveAlgorithm::Direct, 1}};
  for (const auto algorithm : {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree}) {
    for (const CollectiveChoice& choice : in_pieces(algorithm)) all.push_back(choice);
  }
  fmt::print("{:<32}{:>6}{:>6}{:>15}{:>15}{:>23}{:>29}\n", "all-reduce on dgx_a100: error %",
             "ranks", "sizes", "ring", "fastest", "ring, set-up fitted", "and share of bandwidth");
  fmt::print("{:<44}{:>8}{:>7}{:>8}{:>7}{:>9}{:>7}{:>7}{:>9}{:>6}{:>7}{:>7}\n", "", "mean",
             "by 2^n", "mean", "by 2^n", "us", "mean", "by 2^n", "us", "", "mean", "by 2^n");
  result["all_reduce"] = ordered_json::array();
  for (const test::AllReduceSeries& series : test::read_all_reduce(measured, skipped)) {
    if (series.points.size() < 4) continue;
    const std::vector<Bytes> sizes = sizes_around(series.points);
    const test::Curve ring =
        test::fastest(machine, series.ranks, sizes, in_pieces(CollectiveAlgorithm::Ring));
    const test::Curve best = test::fastest(machine, series.ranks, sizes, all);
    if (ring.points.empty()) {
      skipped.push_back(fmt::format("{}: the machine has no {} GPUs", series.name, series.ranks));
      continue;
    }
    const CopyErrors by_ring = errors_of(join_regimes(ring.points), series.points);
    const CopyErrors by_best = errors_of(join_regimes(best.points), series.points);
    const std::vector<MeasuredCopy> judged = test::every_second(series.points, 1);
    const FittedSteps one = fitted_steps(machine, series, false);
    const FittedSteps two = fitted_steps(machine, series, true);
    const CopyErrors by_one = ring_errors(one.on(machine), series.ranks, sizes, judged);
    const CopyErrors by_two = ring_errors(two.on(machine), series.ranks, sizes, judged);
    fmt::print(
        "{:<32}{:>6}{:>6}{:>8.1f}{:>7.1f}{:>8.1f}{:>7.1f}{:>9.2f}{:>7.1f}{:>7.1f}{:>9.2f}"
        "{:>6.2f}{:>7.1f}{:>7.1f}\n",
        series.name, series.ranks, series.points.size(), by_ring.mean, by_ring.by_power_of_two,
        by_best.mean, by_best.by_power_of_two, one.setup / 1e6, by_one.mean, by_one.by_power_of_two,
        two.setup / 1e6, two.share, by_two.mean, by_two.by_power_of_two);
    ordered_json line{{"data", series.name},
                      {"ranks", series.ranks},
                      {"mape_percent", by_ring.mean},
                      {"logbin_percent", by_ring.by_power_of_two},
                      {"fastest_mape_percent", by_best.mean},
                      {"fastest_logbin_percent", by_best.by_power_of_two},
                      {"fitted_setup_us", one.setup / 1e6},
                      {"fitted_mape_percent", by_one.mean},
                      {"fitted_logbin_percent", by_one.by_power_of_two},
                      {"fitted_share", two.share},
                      {"fitted_setup_and_share_us", two.setup / 1e6},
                      {"fitted_setup_and_share_mape_percent", by_two.mean},
                      {"fitted_setup_and_share_logbin_percent", by_two.by_power_of_two},
                      {"fastest", ordered_json::array()}};
    for (std::size_t i = 0; i < best.points.size(); i += 2) {
      line["fastest"].push_back({{"bytes", best.points[i].size.value},
                                 {"by", to_string(best.choices[i])},
                                 {"us", static_cast<double>(best.points[i].time.count()) / 1e6}});
    }
    result["all_reduce"].push_back(std::move(line));
  }
  fmt::print("\n");
}

int bench(const std::filesystem::path& data, const std::string& points_file) {
  std::vector<std::string> skipped;
  Points points(points_file);
  const std::filesystem::path measured = data / "measured";
  // SystemC takes no new modules once time has begun.
  sim::PcieHost pcie(3, 8, Time{100'000});
  test::elaborate_copies();
  ordered_json result = bench_pcie(measured / "pcie_bench", pcie, skipped, points);
  bench_copies(measured, result, skipped, points);
  bench_all_reduce(measured, result, skipped);
  for (const std::string& reason : skipped) fmt::print("skipped: {}\n", reason);
  fmt::print("{}\n", result.dump());
  return 0;
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  if (count != 2 && count != 3) {
    fmt::print(stderr, "usage: bench-links DATA [POINTS.csv]\n");
    return 2;
  }
  try {
    return partita::bench(words[1], count == 3 ? words[2] : "");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
