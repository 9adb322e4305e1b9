#include "core/auth/token.h"

#include <fmt/format.h>

#include "core/loopback.h"

namespace dms {

Status check_private(const Url& url, std::string_view secret) {
  if (url.scheme == "https" || is_loopback(url.host)) return ok();
  return fail(Code::invalid_argument,
              fmt::format("{} is not sent to {} over plain http, where everybody on the way could "
                          "read it: use an https address",
                          secret, url.origin()));
}

}  // namespace dms
