// BatchNormalization whose statistics are constants: each channel times a number, plus another.
#pragma once

#include <memory>

#include "exec/devices/cpu_onednn/kernel.h"

namespace partita::exec {

// Model: y = a x + b with a = scale / sqrt(variance + epsilon) and b = shift - mean a, which are
//   computed once, when the kernel is bound (oneDNN 2 does so again for every vector: twice the
//   time). It runs as fast as memory is read and written.
// nullptr: statistics, scale or shift are computed by the network, or `data` leaves blocks of
// channels incomplete (their padding must stay zero) or has no name.
std::unique_ptr<Kernel> make_channel_scaling_kernel(const KernelRequest& request,
                                                    const Layout& data);

}  // namespace partita::exec
