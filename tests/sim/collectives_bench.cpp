// All-reduces of many sizes on one machine, in every way that there is: a line of CSV for each.
#include <fmt/format.h>

#include <string>

#include "models/base/diagnostics.h"
#include "models/hardware/load_hardware.h"
#include "tests/sim/links/all_reduce.h"

namespace partita {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 30;

int bench(const std::string& file, std::size_t ranks) {
  const Hardware machine = load_hardware(file);
  fmt::print("machine,ranks,bytes,algorithm,pieces,ps\n");
  for (std::int64_t bytes = 1024; bytes <= kLargest; bytes *= 2) {
    for (const auto algorithm : {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree,
                                 CollectiveAlgorithm::Direct, CollectiveAlgorithm::InSwitch}) {
      for (const int pieces : {1, 2, 4, 8, 16, 32, 64}) {
        const CollectiveChoice choice{algorithm, pieces};
        const auto time = test::all_reduce_time(machine, ranks, Bytes{bytes}, choice);
        if (!time) continue;
        fmt::print("{},{},{},{},{},{}\n", machine.name(), ranks, bytes,
                   kCollectiveAlgorithms[static_cast<std::size_t>(algorithm)], pieces,
                   time->count());
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  if (count != 3) {
    fmt::print(stderr, "usage: bench-collectives MACHINE.yaml RANKS\n");
    return 2;
  }
  try {
    return partita::bench(words[1], std::stoul(words[2]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
