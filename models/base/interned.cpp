#include "models/base/interned.h"

#include <boost/flyweight.hpp>
#include <boost/flyweight/no_tracking.hpp>

namespace partita {

const std::string& Interned::kept(std::string_view text) {
  // Without tracking nothing is ever taken away, so addresses stay good.
  using Kept = boost::flyweight<std::string, boost::flyweights::no_tracking>;
  return Kept(text.data(), text.size()).get();
}

}  // namespace partita
