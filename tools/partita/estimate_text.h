// What a learned model says of layers, and why, as people read it.
#pragma once

#include <string>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/learn/learned_model.h"

namespace partita::command {

// The `rows` layers that take longest, with an interval on each processor.
void print_estimates(const Network& network, const Hardware& hardware,
                     const learn::LearnedModel& model, std::size_t rows);

// Which numbers, features and measured rows made the estimates of one layer on each processor.
// ConfigError where the network has no such layer.
void print_why(const Network& network, const Hardware& hardware, const learn::LearnedModel& model,
               const std::string& layer);

}  // namespace partita::command
