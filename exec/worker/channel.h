// One end of the socket between the coordinator and a worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "exec/worker/wire.h"

namespace partita::exec {

// A file descriptor that is closed when its owner goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

struct Message {
  std::uint32_t kind = 0;
  Reader content{{}};
  std::vector<Descriptor> descriptors;
};

// The other end has closed: its process is gone.
class Hangup : public Error {
 public:
  using Error::Error;
};
class Timeout : public Error {
 public:
  using Error::Error;
};

// Blocking; not for several threads. Sending to or receiving from a closed end throws Hangup.
class Channel {
 public:
  Channel() = default;
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}

  // At most two descriptors; they are copied to the other process.
  void send(std::uint32_t kind, const Writer& content, const std::vector<int>& descriptors = {});
  // Waits for at most `patience` for the message to be complete, then throws Timeout; without: as
  // long as it takes.
  Message receive(std::optional<std::chrono::milliseconds> patience = std::nullopt);
  int descriptor() const { return socket_.number(); }

 private:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  void receive_bytes(std::byte* to, std::size_t count, const Deadline& deadline,
                     std::vector<Descriptor>& descriptors);

  Descriptor socket_;
};

// Both ends of a new socket, neither inherited by programs that are started later.
std::pair<Descriptor, Descriptor> socket_pair();

}  // namespace partita::exec
