// Several profiles as one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partition/predict/profile.h"

namespace partita {

// Of two rows of one measurement.
enum class Keep { MostSamples, First, Last };

struct NamedProfile {
  std::string name;  // as errors call it: its file
  Profile profile;
};

struct MergedProfiles {
  Profile profile;
  std::size_t twice = 0;  // measurements that stand in several
};

// Rows of one measurement agree where the ranges from p10 to p90 meet, or the medians are within
// kAgreement of each other. Of those that agree, the one of more samples is kept (the first of
// equals). Others are an error, unless `keep` says which is right.
//
// ConfigError: rows that disagree; two environments of one processor. All at once.
inline constexpr double kAgreement = 0.1;
MergedProfiles merged(const std::vector<NamedProfile>& profiles, std::optional<Keep> keep);

}  // namespace partita
