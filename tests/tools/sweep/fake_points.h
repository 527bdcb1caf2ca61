// A worker whose points do what a test wants.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tools/partita/sweep/protocol.h"
#include "tools/partita/sweep/worker_process.h"

namespace partita::command::test {

using partita::test::TemporaryFolder;

// Arguments of a point and what it does:
//   square N          result {"square": N^2, "name": "N"}
//   no                status no, reason "nothing fits"
//   fail              status failed, reason "broken"
//   sleep MS          then like square 0
//   crash             SIGSEGV
//   assert            prints "invariant broken" on stderr, then SIGABRT
//   crash_once FILE   SIGKILL where there is no such file yet (it makes it); else like square 7
//   eat BYTES         takes so much memory at once, then like square 0
//   log FILE N        appends N to the file, then like square N
ServePoints fake_points();

PointQuestion asked(const std::string& id, std::vector<std::string> arguments);

// Absent: nothing, as of a column without a value.
Cell result_of(const PointAnswer& answer, const std::string& name);
inline Cell whole(std::int64_t number) { return number; }
inline Cell text(std::string text) { return text; }

}  // namespace partita::command::test
