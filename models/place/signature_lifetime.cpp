#include "models/place/signature_lifetime.h"

#include <fmt/format.h>

#include <algorithm>

#include "blob/sas.h"
#include "core/http.h"

namespace dms::models {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// How long a task may wait for its turn and still find its inputs.
constexpr seconds longest_wait = days(14);
// The same when signatures are too short for that: a day, or a job would be good for nothing else.
constexpr seconds shortest_wait = days(1);
// Source: "Batch service quotas and limits", maximum task lifetime.
constexpr seconds longest_task = days(180);

}  // namespace

seconds all_tries(const std::optional<Duration>& limit, int retries) {
  if (!limit || limit->is_unlimited()) return seconds{0};
  return std::chrono::ceil<seconds>(limit->span) * (1 + std::max(0, retries));
}

Result<seconds> task_lifetime(seconds tries, seconds longest) {
  if (tries > longest)
    return fail(Code::invalid_argument,
                fmt::format("the runs may take {} with their retries, and signatures without the "
                            "storage account's key last {} at most: lower max_wall_clock, or give "
                            "the key",
                            Duration{tries}.iso8601(), Duration{longest}.iso8601()));
  return std::min(longest_wait + tries, longest);
}

seconds preparation_lifetime(seconds tries, seconds longest) {
  return std::min(longest_task + tries, longest);
}

seconds least_preparation(seconds tries, seconds longest) {
  const bool as_long_as_wanted = longest >= longest_task + tries;
  return tries + (as_long_as_wanted ? longest_wait : shortest_wait);
}

std::optional<Timestamp> signed_until(std::string_view url) {
  const auto parsed = Url::parse(url);
  if (!parsed) return std::nullopt;
  const auto signature = blob::parse_sas(parse_query(parsed->query));
  if (!signature || !*signature) return std::nullopt;
  const auto end = Timestamp::parse((*signature)->se);
  return end ? std::optional(*end) : std::nullopt;
}

}  // namespace dms::models
