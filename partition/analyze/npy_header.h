// The header of a .npy file.
#pragma once

#include <vector>

#include "partition/analyze/elements.h"
#include "partition/analyze/mapped_file.h"

namespace partita::analyze {

struct NpyHeader {
  ElementType type = ElementType::U8;
  bool swapped = false;  // the other byte order than this machine's
  std::vector<std::int64_t> shape;
  std::size_t size = 0;  // bytes before the elements
};

// Throws ConfigError: not a header, an element type that is not read (objects, text, complex), or
// Fortran order.
NpyHeader read_npy_header(const MappedFile& file);

}  // namespace partita::analyze
