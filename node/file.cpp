#include "node/file.h"

#include <cerrno>

namespace dms::node {

int File::close() {
  const int fd = std::exchange(fd_, -1);
  return fd < 0 || ::close(fd) == 0 ? 0 : errno;
}

}  // namespace dms::node
