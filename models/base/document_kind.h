// Our files say what they are by their first key; one of the wrong kind is named as what it is.
#pragma once

#include <string_view>

#include "models/base/document.h"

namespace partita {

// Throws ConfigError where the first key of `document` is that of another kind of file than
// `wanted` ("plan", "timeline", "analysis", "costed_graph", "machine", "summary"): one message, in
// place of one for every key that is unknown.
void refuse_other_kind(const Document& document, std::string_view wanted);

}  // namespace partita
