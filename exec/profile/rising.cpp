#include "exec/profile/rising.h"

#include <algorithm>
#include <map>

namespace partita::exec {
namespace {

// Sizes with one time.
struct Block {
  std::vector<Bytes> sizes;
  std::vector<MeasuredCopy> copies;  // by time
  Time time{0};

  void add(const MeasuredCopy& copy) {
    const auto sooner = [](const MeasuredCopy& a, const MeasuredCopy& b) {
      return a.time < b.time;
    };
    copies.insert(std::upper_bound(copies.begin(), copies.end(), copy, sooner), copy);
  }
  // The lower median.
  void update() {
    std::int64_t all = 0, below = 0;
    for (const MeasuredCopy& copy : copies) all += copy.samples;
    for (const MeasuredCopy& copy : copies) {
      below += copy.samples;
      time = copy.time;
      if (2 * below >= all) return;
    }
  }
  void take(const Block& next) {
    sizes.insert(sizes.end(), next.sizes.begin(), next.sizes.end());
    for (const MeasuredCopy& copy : next.copies) add(copy);
    update();
  }
};

}  // namespace

std::vector<MeasuredCopy> rising(std::vector<MeasuredCopy> copies) {
  std::map<Bytes, Block> of_size;
  for (const MeasuredCopy& copy : copies) of_size[copy.size].add(copy);
  std::vector<Block> blocks;
  for (auto& [size, block] : of_size) {
    block.sizes = {size};
    block.update();
    blocks.push_back(std::move(block));
    while (blocks.size() > 1 && blocks.back().time < blocks[blocks.size() - 2].time) {
      blocks[blocks.size() - 2].take(blocks.back());
      blocks.pop_back();
    }
  }
  std::vector<MeasuredCopy> risen;
  for (const Block& block : blocks) {
    for (const Bytes size : block.sizes) risen.push_back({size, block.time});
  }
  return risen;
}

}  // namespace partita::exec
