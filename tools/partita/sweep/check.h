// What is wrong with a sweep, found before anything runs.
#pragma once

#include "models/sweep/points.h"
#include "tools/partita/sweep/input_folder.h"
#include "tools/partita/sweep/point_command.h"

namespace partita::command {

// Reads the input of points until each value of each list, and both ends of each range, was in one
// of them: options, network, machine, plan, scenario, as the verb reads them. Throws ConfigError with
// all mistakes, each at the value of the sweep file that brings it in; where all values do, at `body`.
// In a process of its own: inputs may be large, and readers may leave threads behind.
void check_points(const Sweep& sweep, const SweepPoints& points, const PointCommands& commands,
                  const InputFolder& files);

}  // namespace partita::command
