#include "tests/sim/links/pcie_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/sim/links/table.h"

namespace partita::test {
namespace {

constexpr std::int64_t kDip = 257;

std::optional<MeasuredHost> read_host(const std::filesystem::path& file,
                                      std::vector<std::string>& skipped) {
  const std::optional<Table> table = read_table(file, {"Test", "SZ", "BW (GB/s)"}, skipped);
  if (!table) return std::nullopt;
  MeasuredHost host;
  host.name = file.parent_path().filename().string();
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const std::string& test = table->text(row, "Test");
    TimesBySize* times = test == "BW_DMA_WR"   ? &host.writes
                         : test == "BW_DMA_RD" ? &host.reads
                                               : nullptr;
    if (times == nullptr) continue;
    const double size = table->number(row, "SZ");
    // The column says GB/s and holds Gb/s.
    const double rate = table->number(row, "BW (GB/s)");
    if (!(size >= 1) || !(rate > 0)) {
      skipped.push_back(fmt::format("{}: no size or no rate", table->place(row)));
      continue;
    }
    times->try_emplace(std::llround(size), size * 8 / rate);
  }
  if (host.writes.size() < 4 || host.reads.size() < 4) {
    skipped.push_back(
        fmt::format("{}: fewer than four sizes of BW_DMA_WR or BW_DMA_RD", file.string()));
    return std::nullopt;
  }
  return host;
}

// pcie_bench runs on two kinds of device. The NFP-6000 moves data over an internal bus (CPP) whose
// transactions carry 128 B at most; of another device nothing is known, so it is taken to move
// whole packets.
Bytes chunk_of(const MeasuredHost& host) {
  return host.name.find("nfp6000") != std::string::npos ? Bytes{128} : Bytes{256};
}

double model_time(sim::PcieHost& model, bool read, std::int64_t size, const sim::PcieEnds& ends) {
  constexpr int kTransfers = 256;
  const Time each = model.time_each({read, Bytes{size}, kTransfers}, ends);
  return static_cast<double>(each.count()) / 1e3;
}

double error_of(sim::PcieHost& model, bool read, const TimesBySize& measured,
                const sim::PcieEnds& ends) {
  double sum = 0;
  for (const std::int64_t size : fitted_sizes(measured)) {
    sum += std::abs(model_time(model, read, size, ends) / measured.at(size) - 1);
  }
  return sum;
}

// Of 0 to 60 ns, to a quarter of a nanosecond.
template <class Error>
Time least(Error&& error) {
  constexpr Time kCoarse{2'000}, kFine{250}, kMost{60'000};
  Time best{0};
  double least = error(best);
  const auto look = [&](Time from, Time to, Time step) {
    for (Time at = std::max(from, Time{0}); at <= to; at += step) {
      const double found = error(at);
      if (found < least) {
        least = found;
        best = at;
      }
    }
  };
  look(kCoarse, kMost, kCoarse);
  look(best - kCoarse, best + kCoarse, kFine);
  return best;
}

}  // namespace

std::vector<MeasuredHost> read_hosts(const std::filesystem::path& folder,
                                     std::vector<std::string>& skipped) {
  std::vector<MeasuredHost> hosts;
  if (!std::filesystem::is_directory(folder)) {
    skipped.push_back(folder.string() + ": no such folder");
    return hosts;
  }
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  for (const auto& at : folders) {
    const auto file = at / "bw_dma_sz_sweep.csv";
    if (!std::filesystem::exists(file)) {
      skipped.push_back(at.string() + ": it has no bw_dma_sz_sweep.csv");
    } else if (auto host = read_host(file, skipped)) {
      hosts.push_back(std::move(*host));
    }
  }
  return hosts;
}

std::vector<std::int64_t> fitted_sizes(const TimesBySize& times) {
  std::vector<std::int64_t> sizes;
  bool take = true;
  for (const auto& [size, time] : times) {
    if (size == kDip) continue;
    if (take) sizes.push_back(size);
    take = !take;
  }
  return sizes;
}

FittedHost fit(const MeasuredHost& host, sim::PcieHost& model) {
  FittedHost fitted;
  sim::PcieEnds& ends = fitted.ends;
  ends.chunk = chunk_of(host);
  ends.chunk_time = least([&](Time time) {
    sim::PcieEnds tried = ends;
    tried.chunk_time = time;
    return error_of(model, false, host.writes, tried);
  });
  ends.read_gap = least([&](Time gap) {
    sim::PcieEnds tried = ends;
    tried.read_gap = gap;
    return error_of(model, true, host.reads, tried);
  });
  for (const auto& [size, time] : host.writes) {
    fitted.writes[size] = model_time(model, false, size, ends);
  }
  for (const auto& [size, time] : host.reads) {
    fitted.reads[size] = model_time(model, true, size, ends);
  }
  return fitted;
}

}  // namespace partita::test
