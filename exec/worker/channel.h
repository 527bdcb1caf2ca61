// One end of the stream between coordinator and leader, or leader and worker.
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
  explicit Channel(Descriptor socket) : in_(std::move(socket)) {}
  // Two pipes, or whatever else can be read and written; no descriptors can be sent.
  Channel(Descriptor in, Descriptor out) : in_(std::move(in)), out_(std::move(out)) {}

  // At most two descriptors; they are copied to the other process. Where the other end reads
  // nothing, throws Timeout after `patience` (never over pipes, or without it).
  void send(std::uint32_t kind, const Writer& content, const std::vector<int>& descriptors = {},
            std::optional<std::chrono::milliseconds> patience = std::nullopt);
  // Waits for at most `patience` for the message to be complete, then throws Timeout; without: as
  // long as it takes.
  Message receive(std::optional<std::chrono::milliseconds> patience = std::nullopt);
  int descriptor() const { return in_.number(); }  // to be read from

 private:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  void wait_for_room(const Deadline& deadline) const;
  void send_bytes(const void* from, std::size_t count, const Deadline& deadline);
  void receive_bytes(std::byte* to, std::size_t count, const Deadline& deadline,
                     std::vector<Descriptor>& descriptors);

  Descriptor in_;
  Descriptor out_;  // open: it and in_ are no socket
};

// Both ends of a new socket, neither inherited by programs that are started later.
std::pair<Descriptor, Descriptor> socket_pair();

}  // namespace partita::exec
