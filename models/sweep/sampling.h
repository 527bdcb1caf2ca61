// Where samples lie: positions in [0, 1) along each group of axes.
#pragma once

#include <string>
#include <vector>

#include "models/sweep/sweep.h"

namespace partita {

// Row after row, one position a column. Every column has its own stream of chance, named by
// `columns`, so that columns that are added change no others.
//
// Random: independent and uniform; more samples begin with the fewer.
// LatinHypercube: one sample in each of the `samples` equal parts of each column (McKay, Beckman,
//   Conover, "A comparison of three methods for selecting values of input variables", Technometrics
//   21, 1979), anywhere in its part.
// Sobol: boost::random::sobol (directions of Joe and Kuo, SIAM J. Sci. Comput. 30, 2008), with its
//   first point, the origin, which Boost skips: without it, 2^k samples are no longer balanced
//   (Owen, "On dropping the first Sobol' point", 2020). A seed other than 0 shifts the digits of each
//   column (exclusive or), which keeps the balance; 0 leaves the sequence as it is. More samples
//   begin with the fewer. At most 3,667 columns.
// Precondition: `sampling` is none of Product.
std::vector<double> sampled_positions(Sampling sampling, std::size_t samples,
                                      const std::vector<std::string>& columns, std::uint64_t seed);

inline constexpr std::size_t kMostSobolColumns = 3'667;

}  // namespace partita
