// Random networks of collectives and random ways to do them, for property tests.
#pragma once

#include "tests/support/random_cases.h"

namespace partita::test {

// Two to five ranks of opaque layers that meet in one to four collectives of any kind, often of
// sizes that do not divide well, or nothing; some results are outputs of the network.
Network random_collectives(std::uint64_t seed, const CaseOptions& options = {});

// Collectives in steps or not, in pieces or not; in the switch where one can.
Plan with_random_choices(std::uint64_t seed, const Network& network, const Hardware& hardware,
                         Plan plan);

}  // namespace partita::test
