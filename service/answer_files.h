// The files of an answer's body, one after the other. Objects belong to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/file.h"
#include "core/result.h"
#include "service/exchange.h"

namespace dms::service {

class AnswerFiles {
 public:
  // Opens every file that is not open yet, so that what is replaced or removed meanwhile is still
  // sent whole. Ranges of the same file in a row share a descriptor. Errors: those of open(2),
  // exhausted when there are no descriptors left, corrupt when a file ends before its range does.
  static Result<AnswerFiles> open(const std::vector<FileRange>& ranges);

  AnswerFiles() = default;

  // The bytes of all ranges.
  std::uint64_t length() const { return length_; }
  // Sends what a connection takes without waiting, some mebibytes at most, by the kernel alone.
  // Nobody gets a SIGPIPE.
  // Errors: corrupt when a file has become shorter; unavailable when the connection is closed.
  // Requires: `socket` is non-blocking.
  enum class Sent { all, some, socket_is_full };
  Result<Sent> send(int socket);
  // Fills at most buffer.size() bytes; 0 at the end.
  // Errors: corrupt when a file has become shorter.
  Result<std::size_t> read(std::span<char> buffer);

 private:
  std::vector<FileSource> sources_;
  std::size_t current_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace dms::service
