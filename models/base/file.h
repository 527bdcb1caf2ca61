// Whole files, written or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace partita {

// Writes beside `file` and renames, so that nobody ever sees half of it. Creates missing folders.
// Throws Error naming the file and the system's reason.
void write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace partita
