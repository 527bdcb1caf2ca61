// The measured PCI Express hosts of pcie_bench, and the packet model held against them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/packet/pcie.h"

namespace partita::test {

// Times of one transfer, by size.
using TimesBySize = std::map<std::int64_t, double>;  // B, ns

struct MeasuredHost {
  std::string name;
  TimesBySize writes, reads;
};

// Every folder below `folder` that has a bw_dma_sz_sweep.csv. What cannot be used is a sentence in
// `skipped`, with file, line and column where there is one.
std::vector<MeasuredHost> read_hosts(const std::filesystem::path& folder,
                                     std::vector<std::string>& skipped);

struct FittedHost {
  sim::PcieEnds ends;         // its chunk_time and read_gap are fitted
  TimesBySize writes, reads;  // of the model
};

// Two numbers for a host, each the one of least mean relative error: the device's time for a chunk
// on writes, then the host's gap before each read request on reads. Fitted on every second size,
// 257 B never among them.
FittedHost fit(const MeasuredHost& host, sim::PcieHost& model);
std::vector<std::int64_t> fitted_sizes(const TimesBySize& times);

}  // namespace partita::test
