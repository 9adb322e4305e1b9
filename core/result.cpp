#include "core/result.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace dms {

class BadResult : public std::runtime_error {
 public:
  explicit BadResult(const Error& error) : std::runtime_error(error.message) {}
};

std::string_view code_name(Code code) {
  switch (code) {
    case Code::invalid_argument: return "invalid_argument";
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::conflict: return "conflict";
    case Code::permission: return "permission";
    case Code::unavailable: return "unavailable";
    case Code::timeout: return "timeout";
    case Code::cancelled: return "cancelled";
    case Code::corrupt: return "corrupt";
    case Code::exhausted: return "exhausted";
    case Code::internal: return "internal";
  }
  return "internal";
}

Error fail(Code code, std::string message) {
  return Error{code, std::move(message), 0, {}, {}, {}};
}

static Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: return Code::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Code::permission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Code::exhausted;
    case EEXIST: return Code::already_exists;
    case EADDRINUSE: return Code::conflict;
    case ECONNREFUSED: return Code::unavailable;
    default: return Code::internal;
  }
}

Error fail_errno(std::string_view doing, int error_number) {
  return fail(code_of_errno(error_number), std::string(doing) + ": " + std::strerror(error_number));
}

void throw_bad_result(const Error& error) { throw BadResult(error); }

}  // namespace dms
