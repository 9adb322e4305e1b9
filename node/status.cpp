#include "node/status.h"

#include <cstring>

namespace dms::node {

Status fail_errno(const std::string& doing, int error_number) {
  return {Exit::io_error, doing + ": " + std::strerror(error_number)};
}

}  // namespace dms::node
