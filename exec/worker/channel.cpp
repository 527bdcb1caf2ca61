#include "exec/worker/channel.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace partita::exec {
namespace {

constexpr std::size_t kMostDescriptors = 2;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 36;

struct Header {
  std::uint64_t bytes = 0;
  std::uint32_t kind = 0;
  std::uint32_t unused = 0;
};

[[noreturn]] void fail(const char* what) {
  if (errno == EPIPE || errno == ECONNRESET) throw Hangup("the other process has ended");
  throw Error(fmt::format("cannot {} a stream between processes: {}", what, std::strerror(errno)));
}

// Until an end of a stream can be read or written.
void wait_for(int number, short what, const std::chrono::steady_clock::time_point& deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{number, what, 0};
    // Whoever waits may get its core late: what is there counts.
    const int ready = poll(&wait, 1, std::max(0, static_cast<int>(left.count())));
    if (ready == 0) throw Timeout("no answer in time");
    if (ready > 0 || errno != EINTR) return;
  }
}

std::optional<std::chrono::steady_clock::time_point> after(
    std::optional<std::chrono::milliseconds> patience) {
  if (!patience) return std::nullopt;
  return std::chrono::steady_clock::now() + *patience;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (open()) close(number_);
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (open()) close(number_);
}

void Channel::send(std::uint32_t kind, const Writer& content, const std::vector<int>& descriptors,
                   std::optional<std::chrono::milliseconds> patience) {
  const Deadline deadline = after(patience);
  Header header{content.bytes().size(), kind, 0};
  iovec part{&header, sizeof header};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(first), descriptors.data(), descriptors.size() * sizeof(int));
  }
  if (out_.open()) {
    send_bytes(&header, sizeof header, std::nullopt);
  } else {
    wait_for_room(deadline);
    // A header is far smaller than a socket's buffer: it goes as a whole.
    if (sendmsg(in_.number(), &message, MSG_NOSIGNAL) != sizeof header) fail("write to");
  }
  send_bytes(content.bytes().data(), content.bytes().size(), deadline);
}

void Channel::wait_for_room(const Deadline& deadline) const {
  if (deadline && !out_.open()) wait_for(in_.number(), POLLOUT, *deadline);
}

void Channel::send_bytes(const void* from, std::size_t count, const Deadline& deadline) {
  // Else a single call would wait for as long as the other end likes.
  const int flags = MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0);
  for (const auto* at = static_cast<const std::byte*>(from); count > 0;) {
    wait_for_room(deadline);
    const ssize_t sent =
        out_.open() ? ::write(out_.number(), at, count) : ::send(in_.number(), at, count, flags);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) fail("write to");
    at += sent;
    count -= static_cast<std::size_t>(sent);
  }
}

void Channel::receive_bytes(std::byte* to, std::size_t count, const Deadline& deadline,
                            std::vector<Descriptor>& descriptors) {
  while (count > 0) {
    if (deadline) wait_for(in_.number(), POLLIN, *deadline);
    iovec part{to, count};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t received = out_.open() ? ::read(in_.number(), to, count)
                                         : recvmsg(in_.number(), &message, MSG_CMSG_CLOEXEC);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) fail("read from");
    if (received == 0) throw Hangup("the other process has ended");
    if (out_.open()) message.msg_controllen = 0;
    for (cmsghdr* part_of = CMSG_FIRSTHDR(&message); part_of != nullptr;
         part_of = CMSG_NXTHDR(&message, part_of)) {
      const std::size_t numbers = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < numbers; ++i) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(part_of) + i * sizeof(int), sizeof(int));
        descriptors.emplace_back(number);
      }
    }
    to += received;
    count -= static_cast<std::size_t>(received);
  }
}

Message Channel::receive(std::optional<std::chrono::milliseconds> patience) {
  const Deadline deadline = after(patience);
  Message message;
  Header header;
  receive_bytes(reinterpret_cast<std::byte*>(&header), sizeof header, deadline,
                message.descriptors);
  if (header.bytes > kMostBytes) throw Error("what came is no message of partita's");
  // In pieces: what a header says is believed as far as it comes.
  constexpr std::size_t kPiece = std::size_t{16} << 20;
  std::vector<std::byte> content;
  while (content.size() < header.bytes) {
    const std::size_t before = content.size();
    content.resize(before + std::min(kPiece, header.bytes - before));
    receive_bytes(content.data() + before, content.size() - before, deadline, message.descriptors);
  }
  message.kind = header.kind;
  message.content = Reader(std::move(content));
  return message;
}

std::pair<Descriptor, Descriptor> socket_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw Error(fmt::format("cannot make a socket pair: {}", std::strerror(errno)));
  }
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace partita::exec
