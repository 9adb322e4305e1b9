// Frames over a stream socket: one JSON object and a newline each, see agent/protocol.h.
//
// An object belongs to one thread. Nothing here waits but `flush_all`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/protocol.h"
#include "core/file.h"
#include "core/result.h"

namespace dms::agent {

class FrameSocket {
 public:
  // A frame that is longer closes the connection.
  static constexpr std::size_t max_frame_bytes = std::size_t{256} << 20;

  FrameSocket() = default;
  // Takes a connected stream socket, which it makes non-blocking.
  explicit FrameSocket(UniqueFd fd);
  FrameSocket(FrameSocket&&) = default;
  FrameSocket& operator=(FrameSocket&&) = default;

  int fd() const { return fd_.get(); }
  bool is_open() const { return bool(fd_); }
  // Forgets what was not sent and not read.
  void close();

  // Takes what has arrived. Errors: unavailable when the other side is gone; what it had sent
  // before can still be taken with `next`.
  Status receive();
  // The next whole frame, without its newline, or nothing. Valid until the next `receive`.
  std::optional<std::string_view> next();

  // Adds a frame to what is to be sent.
  void queue(std::string_view frame);
  bool has_unsent() const { return sent_ < out_.size(); }
  // Sends what the socket takes at once. Errors: unavailable when the other side is gone.
  Status flush();
  // Sends everything, waiting when it must.
  Status flush_all();

 private:
  UniqueFd fd_;
  std::string in_;
  std::size_t taken_ = 0;     // of in_: given out as frames
  std::size_t searched_ = 0;  // of in_: known to hold no newline after taken_
  std::string out_;
  std::size_t sent_ = 0;
};

// Connects to a Unix socket; the path may be longer than a socket address holds.
// Errors: fail_errno's: not_found, unavailable when nobody listens.
Result<FrameSocket> connect_unix(const std::string& path);

// Listens on a Unix socket of mode 0600, in place of a file that is there; the path may be longer
// than a socket address holds. Errors: fail_errno's.
Result<UniqueFd> listen_unix(const std::string& path);

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};
Result<SocketPair> make_socket_pair();

}  // namespace dms::agent
