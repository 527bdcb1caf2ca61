// What a learned model says of layers, and why, as people read it.
#pragma once

#include <string>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/predict/predictor.h"

namespace partita::command {

// The `rows` layers that take longest, with an interval on each processor.
void print_estimates(const Network& network, const Hardware& hardware, const Profile& profile,
                     const learn::LearnedModel& model, std::size_t rows);

// Where the time of one layer in `costs` is from, on each processor, and which numbers, features and
// measured rows made what the model says of it. ConfigError where the network has no such layer.
void print_why(const Network& network, const Hardware& hardware, const Profile& profile,
               const CostTable& costs, const learn::LearnedModel& model, const std::string& layer);

}  // namespace partita::command
