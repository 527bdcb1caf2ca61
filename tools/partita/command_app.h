// The command line's library, named only: parsing it takes a compiler seconds, so that whoever adds
// options includes CLI/CLI.hpp, and nobody else.
#pragma once

namespace CLI {
class App;
class Option;
}  // namespace CLI
