// How long each layer kept its processor, whoever caused it.
#pragma once

#include "models/timeline/timeline.h"

namespace partita {

// Model: from when the processor could turn to the layer to the layer's end. It could when the
//   layer before it on the same stream had ended and every input was there, or, where the processor
//   copies it in by itself, was queued for that. So copies that it makes between two layers are
//   inside, and so is time that somebody else took from it while it ran nothing; waiting for other
//   processors, links and engines is not.
// Left out: what follows a processor's last layer.
// `timeline` is one of `plan`; any origin.
IdVector<LayerId, Time> time_spent(const Timeline& timeline, const Network& network,
                                   const Hardware& hardware, const Plan& plan);

}  // namespace partita
