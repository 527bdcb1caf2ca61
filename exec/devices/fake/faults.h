// What a fake device does wrong, on purpose.
#pragma once

#include <cstdint>
#include <string>

namespace partita::exec {

// "hang@3": the fourth layer that the device runs never ends.
struct Fault {
  enum class Kind {
    None,
    Open,       // the processor cannot be opened
    Memory,     // there is no memory although there should be
    Fail,       // a layer ends with an error
    Hang,       // a layer never ends
    Crash,      // the process ends in the middle of a layer
    Nan,        // a layer computes NaN
    Backwards,  // the device's clock jumps back during a layer
    Peer,       // other devices cannot be reached
    Sequence    // layers cannot be made a sequence
  };
  Kind kind = Kind::None;
  std::int64_t at = 0;  // number of the layer, over all runs
};

// Throws DeviceError that lists the kinds.
Fault fault_named(const std::string& text);

}  // namespace partita::exec
