#include "batch/rest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "batch/azure_batch.h"
#include "batch/errors.h"
#include "core/crypto.h"

namespace dms::batch {
namespace {

constexpr std::string_view json_type = "application/json; odata=minimalmetadata";

// "/jobs/{jobId}/tasks" with its holes filled in order.
//
// An empty value, "." or ".." would name another resource than the one meant.
Result<std::string> fill_path(std::string_view path,
                              std::initializer_list<std::string_view> values) {
  std::string filled;
  for (const std::string_view value : values) {
    const std::size_t open = path.find('{'), close = path.find('}');
    if (value.empty() || value == "." || value == "..") {
      return fail(
          Code::invalid_argument,
          fmt::format("{} must not be '{}'", path.substr(open + 1, close - open - 1), value));
    }
    filled.append(path.substr(0, open)).append(percent_encode(value));
    path.remove_prefix(close + 1);
  }
  return filled.append(path);
}

Idempotency idempotency_of(Repeat repeat) {
  return repeat == Repeat::unsafe ? Idempotency::not_idempotent : Idempotency::idempotent;
}

std::string without_final_slash(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

Query query_of(const ListOptions& options) {
  Query query;
  if (!options.filter.empty()) query.emplace_back("$filter", options.filter);
  if (!options.select.empty())
    query.emplace_back("$select", fmt::format("{}", fmt::join(options.select, ",")));
  if (options.max_results > 0)
    query.emplace_back("maxresults", std::to_string(options.max_results));
  return query;
}

Rest::Rest(Url endpoint, Transport& transport)
    : endpoint_(std::move(endpoint)), transport_(transport) {}

Result<Rest::Prepared> Rest::prepare_row(const Row& row,
                                         std::initializer_list<std::string_view> values,
                                         const Extras& extras, std::string_view accept) const {
  DMS_TRY(const std::string path, fill_path(row.path, values).context(row.name));
  Request request{.method = std::string(row.method), .url = endpoint_, .headers = extras.headers};
  request.url.path = without_final_slash(endpoint_.path) + path;
  Query query{{"api-version", std::string(api_version)}};
  query.insert(query.end(), extras.query.begin(), extras.query.end());
  request.url.query = format_query(query);
  request.headers.set("Accept", std::string(accept));
  request.headers.set("client-request-id", new_guid());
  if (!extras.body.empty()) {
    request.headers.set("Content-Type", std::string(json_type));
    request.body = extras.body;
  }
  request.idempotency = idempotency_of(row.repeat);
  return Prepared{row, std::move(request)};
}

Result<Response> Rest::send(const Prepared& prepared, const Extras& extras) const {
  const auto& row = prepared.row;
  const auto& request = prepared.request;
  const auto doing = [&] { return fmt::format("{} {}", row.name, request.url.path); };
  auto response = transport_.send(request, extras.stop);
  if (!response) return std::move(response).context(doing());
  if (response->status == row.status || response->status == extras.also_accepted) return response;
  if (response->status < 200 || response->status > 299)
    return error_of_response(*response).context(doing());
  Error error = fail(Code::internal, fmt::format("{} answered status {} where {} belongs", doing(),
                                                 response->status, row.status));
  error.http_status = response->status;
  error.request_id = response->headers.get("request-id");
  return error;
}

Status Rest::turn_page(Prepared& prepared, std::string_view next_link) {
  // The service writes the link unescaped, so that a filter's blanks may stand in it.
  std::string link;
  for (const char c : next_link) link.append(c == ' ' ? "%20" : std::string_view(&c, 1));
  auto url = Url::parse(link);
  if (!url || url->target() == prepared.request.url.target()) {
    return fail(Code::internal,
                fmt::format("{} {} gave a link to its next page that leads nowhere: '{}'",
                            prepared.row.name, prepared.request.url.path, redact_url(link)));
  }
  prepared.request.url = *std::move(url);
  prepared.request.headers.set("client-request-id", new_guid());
  return ok();
}

Error Rest::unreadable(std::string_view name, const Response& response, Error error) {
  error.code = Code::internal;
  error.http_status = response.status;
  error.service_code.clear();
  error.request_id = response.headers.get("request-id");
  return std::move(error).context(fmt::format("reading the answer of {}", name));
}

}  // namespace dms::batch
