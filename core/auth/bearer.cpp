#include "core/auth/bearer.h"

#include <fmt/format.h>

#include "core/fields.h"

namespace dms {

Status Bearer::check_target(const Url& url) const {
  DMS_CHECK(check_private(url, "a token"));
  if (equal_ignoring_case(url.origin(), origin_)) return ok();
  return fail(Code::invalid_argument,
              fmt::format("a token for {} is not sent to {}", origin_, url.origin()));
}

Result<Response> Bearer::send(const Request& request, std::stop_token stop) {
  DMS_CHECK(check_target(request.url));
  DMS_TRY(const Token first, tokens_.token(resource_, stop));
  Request bearing = request;
  bearing.headers.set("Authorization", "Bearer " + first.text);
  Result<Response> answer = next_.send(bearing, stop);
  if (!answer || answer->status != 401) return answer;

  DMS_TRY(const Token fresh, tokens_.replace(resource_, first.text, stop));
  if (fresh.text == first.text) return answer;
  if (request.source) DMS_CHECK(request.source->rewind());
  bearing.headers.set("Authorization", "Bearer " + fresh.text);
  return next_.send(bearing, stop);
}

}  // namespace dms
