// What one resource has to do at least, told by nothing but the set of items that a device holds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "partition/loads/load_model.h"

namespace partita::bounds {

// Model: load(S) = sum over items i in S of work(i)
//   + leaving(n)  for each net n with its producer in S and a consumer outside
//   + entering(n) for each net n with its producer outside and a consumer in S.
//   Each amount is the least that any assignment with S on the device can cause, so the load of the
//   resource is never less; for machines where both ends of a transfer pay by themselves, it is
//   equal.
// Left out: nets that only pass by, and items of other devices on the same resource.
struct SetLoad {
  struct Net {
    loads::ItemId producer{};
    std::vector<loads::ItemId> consumers;  // ascending
    std::int64_t leaving = 0, entering = 0;
    friend bool operator==(const Net&, const Net&) = default;
  };
  IdVector<loads::ItemId, std::optional<std::int64_t>> work;  // absent: the device cannot have it
  std::vector<Net> nets;                                      // those that can cost something
  friend bool operator==(const SetLoad&, const SetLoad&) = default;

  // Precondition: the device can have all of them.
  std::int64_t of(const IdVector<loads::ItemId, char>& members) const;
};

SetLoad set_load(const loads::LoadModel& model, loads::DeviceId device, loads::ResourceId resource);

// The resource that this device's items ask most of: the one to judge sets by.
loads::ResourceId busiest_resource(const loads::LoadModel& model, loads::DeviceId device);

}  // namespace partita::bounds
