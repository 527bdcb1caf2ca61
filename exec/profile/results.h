// The profile as it grows: rows that were there before, and samples that are added to it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "exec/profile/readings.h"
#include "exec/profile/samples.h"

namespace partita::exec {

// What rows of a processor have in common.
struct Source {
  std::string environment, clock;
  bool counts_energy = false;  // of the package that it is a part of
};

class Results {
 public:
  // `before`: rows that stand until the same is measured again with at least as many samples.
  Results(Profile before, std::map<std::string, Source> processors)
      : before_(before), profile_(std::move(before)), sources_(std::move(processors)) {}

  void add(const Reading& reading);
  // Puts what was added since the last time into the profile. `watts`: of all packages meanwhile;
  // `of_devices`: of processors that count for themselves.
  void update(std::optional<double> watts, const std::map<std::string, double>& of_devices = {});

  const Profile& profile() const { return profile_; }
  // Of rows measured now: clean and disturbed samples.
  std::size_t rows() const { return measured_.size(); }
  std::size_t clean() const;
  std::size_t discarded() const;

 private:
  struct Measured {
    ProfileRow row;
    Samples samples;
  };
  std::optional<Time> alone(const ProfileRow& row) const;

  const Profile before_;
  Profile profile_;
  const std::map<std::string, Source> sources_;
  std::map<std::string, Measured> measured_;
  std::set<std::string> changed_;
};

}  // namespace partita::exec
