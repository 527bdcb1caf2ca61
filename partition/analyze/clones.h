// Functions that the compiler makes once more for processors with wider vectors; the loader chooses.
#pragma once

// The one macro beside PARTITA_ASSERT: an attribute that other processors' compilers refuse has no
// other name. Sums have lanes of their own (moments.cpp), so both give the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PARTITA_CLONED [[gnu::target_clones("avx2", "default")]]
#else
#define PARTITA_CLONED
#endif
