// How often the test program has allocated: for what must not, once it is warm.
#pragma once

#include <cstddef>

namespace partita::test {

// Link allocations.cpp into the test itself: it replaces operator new of the whole program.
std::size_t allocations();

}  // namespace partita::test
