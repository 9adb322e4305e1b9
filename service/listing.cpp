#include "service/listing.h"

#include <charconv>

#include "batch/errors.h"

namespace dms::service {

namespace {
constexpr int max_page = 1000;
constexpr std::string_view token_name = "$skiptoken";
}  // namespace

Result<int> page_size(const Call& call) {
  const auto text = call.query_value("maxresults");
  if (text.empty()) return max_page;
  int size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size() || size < 1)
    return batch::batch_error("InvalidQueryParameterValue",
                              "maxresults is '" + std::string(text) + "', not 1 to 1000");
  if (size > max_page)
    return batch::batch_error("OutOfRangeQueryParameterValue",
                              "maxresults is " + std::string(text) + ", not 1 to 1000");
  return size;
}

std::string next_link(const Call& call, std::string_view last_key) {
  Query query;
  for (const auto& parameter : call.query)
    if (!equal_ignoring_case(parameter.first, token_name)) query.push_back(parameter);
  query.emplace_back(token_name, last_key);
  return call.url + "?" + format_query(query);
}

std::string skip_token(const Call& call) { return std::string(call.query_value(token_name)); }

}  // namespace dms::service
