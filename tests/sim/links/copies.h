// Measured copies over links that nobody models from first principles, and what simulations of a
// fitted link say.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/hardware/fit_regimes.h"

namespace partita::test {

struct CopySeries {
  std::string name;                  // file and column
  std::vector<MeasuredCopy> copies;  // by size; the median where a size was measured often
};

// send_recv.csv of a network folder of vidur, between the devices of one node or of two.
std::vector<CopySeries> read_send_recv(const std::filesystem::path& folder,
                                       std::vector<std::string>& skipped);

// Every series of copies in the CSV files of a folder: columns `bytes` and `*_gbps` (GB/s),
// `size_bytes` and `bandwidth_MBps`, or `test`, `size_bytes` and `avg_us`.
std::vector<CopySeries> read_copies(const std::filesystem::path& folder,
                                    std::vector<std::string>& skipped);

// Every second size, from the first (fitted) or from the second (judged).
std::vector<MeasuredCopy> every_second(const std::vector<MeasuredCopy>& copies, std::size_t from);

// Eight of them: six in equal ratios from the smallest to the largest, and two more between the
// largest two, where a sweep in equal steps has most of its sizes.
std::vector<MeasuredCopy> eight_of(const std::vector<MeasuredCopy>& copies);

// A link with these regimes in a machine of two memories, written to YAML and read again; copies of
// some of the sizes simulated there at both fidelities. The largest relative deviation from
// copy_time(), in percent.
struct Deviation {
  double fluid = 0, packet = 0;
};
void elaborate_copies();  // before anything is simulated
Deviation simulated(const std::vector<Regime>& regimes, const std::vector<MeasuredCopy>& copies);

}  // namespace partita::test
