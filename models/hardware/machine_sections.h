// Where machine files may have sections.
#pragma once

#include <string_view>

namespace partita {

// Whether a machine file may have a map at this path ("links.pcie0.compression"), other than an
// entry that somebody names. By the table of keys (machine_format.h).
bool is_section(std::string_view path);

}  // namespace partita
