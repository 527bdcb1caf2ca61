// tools/bench table: how long a profile of a million rows takes to open, and a look-up in it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/random.h"
#include "partition/predict/profile.h"

namespace partita {
namespace {

constexpr std::size_t kRows = 1'000'000;
constexpr std::size_t kLookUps = 1'000'000;
constexpr int kTimes = 5;

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// As long as the zoo's: a convolution and what it is fused with have about 120 characters.
std::string signature(std::size_t number) {
  return fmt::format(
      "Conv(f32[1,{},{},{}],w:f32[{},{},3,3],w:f32[{}]){{activation=relu;dilations=1,1;group=1;"
      "kernel=3,3;pads=1,1,1,1;strides=1,1}}",
      16 + number % 512, 7 + number % 109, 7 + number % 113, 32 + number / 500, 16 + number % 512,
      32 + number / 500);
}

Profile made() {
  Random random(1);
  Profile profile;
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto median = static_cast<std::int64_t>(1'000'000 + random.below(1'000'000'000));
    ProfileRow row;
    row.kind = "layer";
    row.signature = signature(i / 4);
    row.processor = fmt::format("cpu{}", i % 4);
    row.size = Bytes{static_cast<std::int64_t>(1024 + random.below(100'000'000))};
    row.samples = 30;
    row.min = Time{median - 1000}, row.p10 = Time{median - 100};
    row.median = Time{median}, row.p90 = Time{median + 1000};
    row.environment = "0123456789abcdef";
    row.footprint = Footprint{Bytes{1 << 20}, Bytes{1 << 21}, Bytes{4096}, Bytes{3 << 20}};
    row.flops = Flops{median};
    row.clock = "host";
    profile.add(std::move(row));
  }
  return profile;
}

int bench() {
  const auto folder = std::filesystem::temp_directory_path() / "partita-bench-table";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "profile.csv").string();
  made().save(file);
  const auto bytes = static_cast<double>(std::filesystem::file_size(file));

  std::vector<double> opening, looking;
  std::int64_t sum = 0;
  for (int time = 0; time < kTimes; ++time) {
    auto start = std::chrono::steady_clock::now();
    const Profile profile = Profile::load(file);
    opening.push_back(since(start));

    Random random(2);
    std::vector<std::pair<std::string, std::string>> wanted;
    for (std::size_t i = 0; i < kLookUps; ++i) {
      const auto number = static_cast<std::size_t>(random.below(kRows));
      wanted.emplace_back(signature(number / 4), fmt::format("cpu{}", number % 4));
    }
    start = std::chrono::steady_clock::now();
    for (const auto& [text, processor] : wanted) {
      sum += profile.layer(text, processor)->median.count();
    }
    looking.push_back(since(start) / kLookUps * 1e9);
  }
  std::filesystem::remove_all(folder);
  std::sort(opening.begin(), opening.end());
  std::sort(looking.begin(), looking.end());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{} rows, {:.0f} MB (sum {})\n", kRows, bytes / 1e6, sum);
  fmt::print(
      "{:>10} {:>10} {:>10}\n{:>10} {:>10.3f} {:>10.3f}  s\n{:>10} {:>10.0f} {:>10.0f}  ns\n", "",
      "least", "median", "open", opening.front(), opening[kTimes / 2], "look up", looking.front(),
      looking[kTimes / 2]);
  fmt::print("{}\n",
             nlohmann::ordered_json{{"rows", kRows},
                                    {"megabytes", bytes / 1e6},
                                    {"open_seconds", opening[kTimes / 2]},
                                    {"look_up_ns", looking[kTimes / 2]},
                                    {"memory_gb", static_cast<double>(usage.ru_maxrss) / (1 << 20)}}
                 .dump());
  return 0;
}

}  // namespace
}  // namespace partita

int main() { return partita::bench(); }
